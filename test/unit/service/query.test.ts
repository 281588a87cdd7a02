import { describe, expect, it } from 'vitest';
import { queryParam } from '#service/query.ts';
import { serve } from './server.ts';

async function asked(query: string): Promise<Response> {
  const { url } = await serve((app) => app.get('/', (c) => c.json(queryParam(c, 'n') ?? null)));
  return await fetch(`${url}/${query}`);
}

describe('a query parameter', () => {
  it.each([
    ['', null],
    ['?m=2', null],
    ['?n=', ''],
    ['?n', ''],
    ['?n=1', '1'],
    ['?m=1&n=a%20b&m=2', 'a b'],
    ['?nn=1', null],
  ])('of the query "%s" is %o', async (query, value) => {
    expect(await (await asked(query)).json()).toBe(value);
  });

  it.each(['?n=1&n=2', '?n=1&n=1', '?n&n=1', '?n=1&%6e=2'])(
    'is refused if repeated: %s',
    async (q) => {
      const response = await asked(q);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'bad-request', field: 'n' });
    },
  );
});
