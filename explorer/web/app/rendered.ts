/** What the app makes on the server of a URL: the server that has the bundle knows it by this alone. */
import type { ApiProblem, ExplorerApi } from './data/api.ts';
import type { PageData } from './data/page-data.ts';

export type PageAnswer =
  | { readonly redirect: string }
  | {
      readonly status: number;
      readonly page: PageData['content']['page'];
      readonly title: string;
      /** HTML. */
      readonly markup: string;
      readonly data: PageData;
    };

/** What `entry-server.tsx` exports. */
export interface ServerBundle {
  answerPage(url: string, api: ExplorerApi): Promise<PageAnswer>;
  /** Of the bundle: it knows its own class alone. */
  readonly ApiProblem: typeof ApiProblem;
}
