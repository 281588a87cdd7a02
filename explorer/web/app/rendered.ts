/** What the app makes on the server of a URL: the server that has the bundle knows it by this alone. */
import type { ApiProblem, GetJson } from './data/api.ts';
import type { PageAnswers } from './data/page-answers.ts';
import type { PageData } from './data/page-data.ts';

export type PageAnswer =
  | { readonly redirect: string }
  | {
      readonly status: number;
      readonly page: PageData['content']['page'];
      readonly title: string;
      /** HTML. */
      readonly markup: string;
      /** Of the API, from which the browser makes the page anew. */
      readonly answers: PageAnswers;
    };

/** What `entry-server.tsx` exports. */
export interface ServerBundle {
  answerPage(url: string, get: GetJson): Promise<PageAnswer>;
  /** Of the bundle: it knows its own class alone. */
  readonly ApiProblem: typeof ApiProblem;
}
