/** What the pages ask the explorer for: by a call on the server, by a request in the browser. */
import type {
  CheckpointsAnswer,
  LogsAnswer,
  MonitorAnswer,
  OneEntryAnswer,
  SearchAnswer,
  StatsAnswer,
} from '#explorer/search/answers.ts';

/** All reject with `ApiProblem` for what the API refuses. */
export interface ExplorerApi {
  logs(): Promise<LogsAnswer>;
  /** By the query of a URL: filters, `limit`, `cursor`. */
  search(query: URLSearchParams): Promise<SearchAnswer>;
  entry(index: number, log: string | undefined): Promise<OneEntryAnswer>;
  stats(log: string | undefined): Promise<StatsAnswer>;
  checkpoints(query: URLSearchParams): Promise<CheckpointsAnswer>;
  monitor(): Promise<MonitorAnswer>;
}

/** A refusal, as the problem document has it. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/** The paths of the API, with their queries. */
export const API_PATHS = {
  logs: () => '/v1/logs',
  search: (query: URLSearchParams) => `/v1/search?${query}`,
  entry: (index: number, log: string | undefined) =>
    `/v1/entries/${index}${log === undefined ? '' : `?${new URLSearchParams({ log })}`}`,
  stats: (log: string | undefined) =>
    `/v1/stats${log === undefined ? '' : `?${new URLSearchParams({ log })}`}`,
  checkpoints: (query: URLSearchParams) => `/v1/checkpoints?${query}`,
  monitor: () => '/v1/monitor',
} as const;

/** Brings the JSON of a path of the API. Rejects with `ApiProblem` for what is refused. */
export type GetJson = (path: string) => Promise<unknown>;

export function apiBy(get: GetJson): ExplorerApi {
  // Whatever comes is judged by the checks, which read it as of unknown form.
  const answer = async <T>(path: string) => (await get(path)) as T;
  return {
    logs: () => answer(API_PATHS.logs()),
    search: (query) => answer(API_PATHS.search(query)),
    entry: (index, log) => answer(API_PATHS.entry(index, log)),
    stats: (log) => answer(API_PATHS.stats(log)),
    checkpoints: (query) => answer(API_PATHS.checkpoints(query)),
    monitor: () => answer(API_PATHS.monitor()),
  };
}
