/**
 * Which page a URL is of: the only way to a page, on the server and in the browser. A URL that is nobody's is
 * undefined.
 */

export type Route =
  | { readonly page: 'home' }
  | { readonly page: 'search'; readonly query: URLSearchParams }
  | { readonly page: 'entry'; readonly index: number; readonly log?: string }
  | { readonly page: 'log'; readonly log?: string; readonly cursor?: string }
  | { readonly page: 'compare'; readonly log?: string; readonly a?: string; readonly b?: string }
  | { readonly page: 'check' }
  | { readonly page: 'policy' }
  | { readonly page: 'alerts' }
  | { readonly page: 'about' };

export type PageName = Route['page'];

/** Of which a path has nothing more to say. */
const PLAIN = ['check', 'policy', 'alerts', 'about'] as const;
const ENTRY = /^\/entry\/(0|[1-9]\d{0,15})$/;

/** `path` begins with a slash; `query` without its question mark. */
export function routeOf(path: string, query: string): Route | undefined {
  const params = new URLSearchParams(query);
  const given = (name: string) => params.get(name) || undefined;
  const log = optional('log', given('log'));
  if (path === '/') return { page: 'home' };
  if (path === '/search') return { page: 'search', query: params };
  if (path === '/log') return { page: 'log', ...log, ...optional('cursor', given('cursor')) };
  if (path === '/compare') {
    return { page: 'compare', ...log, ...optional('a', given('a')), ...optional('b', given('b')) };
  }
  const index = Number(ENTRY.exec(path)?.[1] ?? Number.NaN);
  if (Number.isSafeInteger(index)) return { page: 'entry', index, ...log };
  const plain = PLAIN.find((page) => path === `/${page}`);
  return plain === undefined ? undefined : { page: plain };
}

function optional<Name extends string>(name: Name, value: string | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { readonly [N in Name]?: string };
}

export function entryUrl(index: number, log: string): string {
  return `/entry/${index}?${new URLSearchParams({ log })}`;
}

export function logUrl(log: string, cursor?: string): string {
  return `/log?${new URLSearchParams({ log, ...optional('cursor', cursor) })}`;
}

export function compareUrl(log: string, a: number, b: number): string {
  return `/compare?${new URLSearchParams({ log, a: `${a}`, b: `${b}` })}`;
}

/** With the one that was seen before it. */
export function compareWithOlderUrl(log: string, b: number): string {
  return `/compare?${new URLSearchParams({ log, b: `${b}` })}`;
}

export function searchUrl(query: URLSearchParams | Readonly<Record<string, string>>): string {
  return `/search?${new URLSearchParams(query)}`;
}
