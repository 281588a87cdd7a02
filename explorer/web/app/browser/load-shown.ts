/** Loads the page of a URL, or what says why it cannot be. */
import { ApiProblem, apiBy, type GetJson } from '../data/api.ts';
import { loadPage } from '../data/load.ts';
import type { PageData } from '../data/page-data.ts';
import { type PageComponent, pageComponent } from '../pages/pages.ts';

export interface Shown {
  readonly data: PageData;
  /** When the browser began to ask for it. */
  readonly askedMs: number;
  readonly Page: PageComponent;
}

/** Each redirect leads to a canonical URL, which leads nowhere else. */
const MAX_REDIRECTS = 4;

/** `url` is path and query. */
export async function loadShown(url: string, get: GetJson, askedMs: number): Promise<Shown> {
  const api = apiBy(get);
  let at = url;
  for (let i = 0; i < MAX_REDIRECTS; i++) {
    const loaded = await loadPage(at, api).catch((error: unknown) => failed(at, error));
    if (!('redirect' in loaded)) {
      return { data: loaded, askedMs, Page: await pageComponent(loaded.content) };
    }
    at = loaded.redirect;
  }
  throw new Error(`too many redirects from ${url}`);
}

function failed(url: string, error: unknown): PageData {
  const status = error instanceof ApiProblem ? error.status : 503;
  const message = error instanceof ApiProblem ? error.message : 'The explorer does not answer.';
  return { url, logs: { logs: [], now_ms: 0 }, content: { page: 'problem', status, message } };
}

/** Path and query of where the browser is. */
export function currentUrl(): string {
  return location.pathname + location.search;
}

/** Has the browser say where it is, and what. */
export function nameShown({ url }: PageData, title: string): void {
  if (url !== currentUrl()) history.replaceState(history.state, '', url);
  document.title = title;
}
