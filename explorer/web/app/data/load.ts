/** Loads what a page shows, by the same code on the server and in the browser. */
import type { LogsAnswer } from '#explorer/search/answers.ts';
import { ApiProblem, type ExplorerApi } from './api.ts';
import type { CompareData, Content, EntryData, LogData, PageData } from './page-data.ts';
import { compareUrl, type Route, routeOf } from './route.ts';
import { loadSearch, type Redirect } from './search.ts';

export const HOME_LIMIT = 10;
export const OTHERS_LIMIT = 6;
const CHECKPOINTS = 25;
/** So many checkpoints tell a chart how a log has grown. */
const CHARTED = 200;

/** `url` is path and query. Rejects only where not even the logs can be told. */
export async function loadPage(url: string, api: ExplorerApi): Promise<PageData | Redirect> {
  const [path = '/', ...rest] = url.split('?');
  const route = routeOf(path, rest.join('?'));
  const logs = await api.logs();
  const content = await loadContent(route, logs, api);
  return 'redirect' in content ? content : { url, logs, content };
}

async function loadContent(
  route: Route | undefined,
  logs: LogsAnswer,
  api: ExplorerApi,
): Promise<Content | Redirect> {
  if (route === undefined) return problem(404, 'There is no such page.');
  try {
    return await contentOf(route, logs, api);
  } catch (error) {
    if (error instanceof ApiProblem) return problem(error.status, error.message);
    throw error;
  }
}

function problem(status: number, message: string): Content {
  return { page: 'problem', status, message };
}

async function contentOf(
  route: Route,
  logs: LogsAnswer,
  api: ExplorerApi,
): Promise<Content | Redirect> {
  switch (route.page) {
    case 'home':
      return {
        page: 'home',
        latest: await api.search(new URLSearchParams({ limit: `${HOME_LIMIT}` })),
      };
    case 'search':
      return await loadSearch(route.query, logs, api);
    case 'entry':
      return await loadEntry(route.index, route.log, api);
    case 'log':
      return await loadLog(route, logs, api);
    case 'compare':
      return await loadCompare(route, logs, api);
    case 'alerts':
      return { page: 'alerts', monitor: await api.monitor() };
    default:
      return { page: route.page };
  }
}

async function loadEntry(
  index: number,
  log: string | undefined,
  api: ExplorerApi,
): Promise<EntryData> {
  const entry = await api.entry(index, log);
  const { issuer } = entry.summary;
  if (issuer === undefined) return { page: 'entry', entry };
  const query = new URLSearchParams({ log: entry.log, issuer, limit: `${OTHERS_LIMIT}` });
  return { page: 'entry', entry, others: await api.search(query) };
}

async function loadLog(
  { log: asked, cursor }: Extract<Route, { page: 'log' }>,
  { logs }: LogsAnswer,
  api: ExplorerApi,
): Promise<LogData> {
  const log = asked === undefined ? logs[0] : logs.find((one) => one.log === asked);
  if (log === undefined) {
    throw new ApiProblem(404, 'not-found', 'The explorer follows no such log.');
  }
  const page = { page: 'log', log: log.log, ...(cursor !== undefined && { cursor }) } as const;
  if (log.checkpoint === undefined) {
    return { ...page, stats: null, checkpoints: { log: log.log, checkpoints: [] } };
  }
  const list = (limit: number, more: Readonly<Record<string, string>>) =>
    api.checkpoints(new URLSearchParams({ log: log.log, limit: `${limit}`, ...more }));
  if (cursor !== undefined) {
    const checkpoints = await list(CHECKPOINTS, { cursor, notes: 'true' });
    return { ...page, stats: null, checkpoints };
  }
  const [stats, checkpoints, growth] = await Promise.all([
    api.stats(log.log),
    list(CHECKPOINTS, { notes: 'true' }),
    list(CHARTED, {}),
  ]);
  return { ...page, stats, checkpoints, growth };
}

async function loadCompare(
  { log: asked, a, b }: Extract<Route, { page: 'compare' }>,
  { logs }: LogsAnswer,
  api: ExplorerApi,
): Promise<CompareData | Redirect> {
  const log = asked ?? (logs.length === 1 ? logs[0]!.log : undefined);
  const given = { ...(log && { log }), ...(a && { a }), ...(b && { b }) };
  if (log === undefined) return { page: 'compare', ...given };
  const older = a === undefined ? await newestBelow(log, b, api) : undefined;
  if (older !== undefined) return { redirect: compareUrl(log, older.size, Number(b)) };
  const list = new URLSearchParams({ log, limit: `${CHECKPOINTS}` });
  const [checkpoints, one, other] = await Promise.all([
    api.checkpoints(list),
    noteOf(log, a, api),
    noteOf(log, b, api),
  ]);
  const notes = { ...(one && { a: one }), ...(other && { b: other }) };
  const missing = [one === undefined && a, other === undefined && b];
  return {
    page: 'compare',
    ...given,
    checkpoints,
    notes,
    missing: missing.filter((size) => size !== undefined && size !== false),
  };
}

/** The note of a size that the explorer has seen: the newest below the next size. */
async function noteOf(log: string, size: string | undefined, api: ExplorerApi) {
  if (!isSize(size)) return undefined;
  const found = await newestBelow(log, `${Number(size) + 1}`, api);
  return found?.size === Number(size) ? found.note : undefined;
}

async function newestBelow(log: string, size: string | undefined, api: ExplorerApi) {
  if (!isSize(size)) return undefined;
  const query = { log, limit: '1', notes: 'true', cursor: size };
  return (await api.checkpoints(new URLSearchParams(query))).checkpoints[0];
}

function isSize(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,15}$/.test(text);
}
