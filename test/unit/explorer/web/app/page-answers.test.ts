/** A page is made in the browser of the answers that it was made of on the server, and of no other words. */
import { expect, it } from 'vitest';
import { ApiProblem } from '#explorer/web/app/data/api.ts';
import { type PageAnswers, recorded, replayed } from '#explorer/web/app/data/page-answers.ts';

const REFUSED = new ApiProblem(404, 'no-entry', 'There is none.');

async function answersOf(paths: readonly string[]): Promise<PageAnswers> {
  const answers: Record<string, PageAnswers[string]> = {};
  const get = recorded(async (path) => {
    if (path === '/v1/none') throw REFUSED;
    return { of: path };
  }, answers);
  for (const path of paths) await get(path).catch(() => undefined);
  return JSON.parse(JSON.stringify(answers));
}

it('answers and refusals are what they were, without asking again', async () => {
  const asked: string[] = [];
  const get = replayed(await answersOf(['/v1/a', '/v1/none']), async (path) => asked.push(path));
  expect(await get('/v1/a')).toEqual({ of: '/v1/a' });
  const refused = (await get('/v1/none').catch((error: unknown) => error)) as ApiProblem;
  expect(refused).toBeInstanceOf(ApiProblem);
  expect(refused).toMatchObject({ status: 404, code: 'no-entry', message: 'There is none.' });
  expect(asked).toEqual([]);
});

it('what did not come with the page is asked for, whatever it is called', async () => {
  const get = replayed(await answersOf(['/v1/a']), async (path) => `asked for ${path}`);
  for (const path of ['/v1/b', 'toString', '__proto__']) {
    expect(await get(path)).toBe(`asked for ${path}`);
  }
});
