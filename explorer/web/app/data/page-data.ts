/** What a page is made of: plain JSON, so that the browser renders what the server did, from the same. */
import type {
  CheckpointsAnswer,
  LogsAnswer,
  MonitorAnswer,
  OneEntryAnswer,
  SearchAnswer,
  StatsAnswer,
} from '#explorer/search/answers.ts';

export interface HomeData {
  readonly page: 'home';
  readonly latest: SearchAnswer;
}

export interface SearchData {
  readonly page: 'search';
  /** As in the URL. */
  readonly query: string;
  readonly cursor?: string;
  /** What stands in the search box. */
  readonly text: string;
  /** The fields of the form, by their parameters. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** What cannot be meant, and where it is known what may have been, the query of that. */
  readonly refused?: {
    readonly parameter: string;
    readonly message: string;
    readonly better?: string;
  };
  readonly found?: SearchAnswer;
  /** The query of what was likely meant, where nothing was found. */
  readonly likely?: string;
}

export interface EntryData {
  readonly page: 'entry';
  readonly entry: OneEntryAnswer;
  /** Of the same issuer, this one too; absent where it has none. */
  readonly others?: SearchAnswer;
}

export interface LogData {
  readonly page: 'log';
  readonly log: string;
  readonly cursor?: string;
  /** On the first page of a log of which something is verified, with the two below. */
  readonly stats: StatsAnswer | null;
  /** With their notes. */
  readonly checkpoints: CheckpointsAnswer;
  /** More of them, for charts. */
  readonly growth?: CheckpointsAnswer;
}

export interface CompareData {
  readonly page: 'compare';
  readonly log?: string;
  readonly a?: string;
  readonly b?: string;
  /** To pick from. */
  readonly checkpoints?: CheckpointsAnswer;
  /** The signed notes of those that were picked. */
  readonly notes?: { readonly a?: string; readonly b?: string };
  /** Sizes of which there is none. */
  readonly missing?: readonly string[];
}

export interface AlertsData {
  readonly page: 'alerts';
  readonly monitor: MonitorAnswer;
}

export interface PlainData {
  readonly page: 'check' | 'policy' | 'about';
}

export interface ProblemData {
  readonly page: 'problem';
  readonly status: number;
  readonly message: string;
}

export type Content =
  | HomeData
  | SearchData
  | EntryData
  | LogData
  | CompareData
  | AlertsData
  | PlainData
  | ProblemData;

export interface PageData {
  /** Path and query. */
  readonly url: string;
  /** Of whom the answers were asked: the browser's clock may be elsewhere. */
  readonly logs: LogsAnswer;
  readonly content: Content;
}
