/** Which page a URL is of, and the URL of a page. */
import { expect, it } from 'vitest';
import { compareUrl, entryUrl, logUrl, routeOf, searchUrl } from '#explorer/web/app/data/route.ts';

const routeOfUrl = (url: string) => {
  const [path = '', query = ''] = url.split('?');
  return routeOf(path, query);
};

it('every URL that is written is read as the same page', () => {
  const log = 'log.example/a&b=c #?';
  expect(routeOfUrl(entryUrl(7, log))).toEqual({ page: 'entry', index: 7, log });
  expect(routeOfUrl(logUrl(log, '12'))).toEqual({ page: 'log', log, cursor: '12' });
  expect(routeOfUrl(compareUrl(log, 1, 2))).toEqual({ page: 'compare', log, a: '1', b: '2' });
  const search = routeOfUrl(searchUrl({ policy: 'a b' }));
  expect(search?.page === 'search' && search.query.get('policy')).toBe('a b');
});

it('a URL has one page, and what is nobody’s has none', () => {
  expect(routeOfUrl('/')).toEqual({ page: 'home' });
  expect(routeOfUrl('/entry/0?log=')).toEqual({ page: 'entry', index: 0 });
  for (const page of ['check', 'policy', 'alerts', 'about']) {
    expect(routeOfUrl(`/${page}`)).toEqual({ page });
  }
  for (const path of [
    '/entry/',
    '/entry/01',
    '/entry/-1',
    '/entry/1e3',
    '/entry/99999999999999999',
  ]) {
    expect(routeOfUrl(path)).toBeUndefined();
  }
  for (const path of ['/v1/logs', '/about/', '/toString', '/problem', '']) {
    expect(routeOfUrl(path)).toBeUndefined();
  }
});
