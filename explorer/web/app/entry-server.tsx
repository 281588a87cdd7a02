/** Renders the web app on the server, for whoever runs no scripts. */
import { renderToString } from 'react-dom/server.edge';
import { App } from './app.tsx';
import { apiBy, type GetJson } from './data/api.ts';
import { loadPage } from './data/load.ts';
import { type PageAnswers, recorded } from './data/page-answers.ts';
import { pageComponent } from './pages/pages.ts';
import { titleOf } from './parts/frame.tsx';
import type { PageAnswer } from './rendered.ts';

export { ApiProblem } from './data/api.ts';

/** `url` is path and query. */
export async function answerPage(url: string, get: GetJson): Promise<PageAnswer> {
  const answers: Record<string, PageAnswers[string]> = {};
  const data = await loadPage(url, apiBy(recorded(get, answers)));
  if ('redirect' in data) return data;
  const { content } = data;
  const Page = await pageComponent(content);
  return {
    status: content.page === 'problem' ? content.status : 200,
    page: content.page,
    title: titleOf(data),
    markup: renderToString(<App data={data} Page={Page} />),
    answers,
  };
}
