/** A log that is followed is asked at each interval, and seldom while it fails. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RemoteError } from '#client/http.ts';
import { Following, type FollowingOptions, type Trouble } from '#service/following.ts';
import { throwFatal } from '#service/lifecycle.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** What one that is started did in `ms`: when it looked, and what it told. */
async function follow(
  ms: number,
  fails: (look: number) => Error | undefined,
  options: Partial<FollowingOptions> = {},
) {
  const startedMs = performance.now();
  const looks: number[] = [];
  const news: (string | undefined)[] = [];
  const following = new Following({
    round: async () => {
      looks.push(performance.now() - startedMs);
      const error = fails(looks.length);
      if (error !== undefined) throw error;
    },
    troubleOf: (error): Trouble => ({ kind: 'test', message: (error as Error).message }),
    onNews: (trouble) => news.push(trouble?.message),
    intervalMs: 10,
    onFatal: throwFatal,
    now: Date.now,
    ...options,
  });
  following.start();
  await vi.advanceTimersByTimeAsync(ms);
  await following.stop();
  return { looks, news, following };
}

it('looks at each interval, also while that fails', async () => {
  const { looks } = await follow(50, (look) => (look < 4 ? new Error('no') : undefined));
  expect(looks).toEqual([0, 10, 20, 30, 40, 50]);
});

it('looks less and less often while it fails, where there is a slowest pace, and then as before', async () => {
  const fails = (look: number) => (look <= 6 ? new Error('no') : undefined);
  const { looks } = await follow(330, fails, { slowestMs: 80 });
  expect(looks).toEqual([0, 10, 30, 70, 150, 230, 310, 320, 330]);
});

it('leaves a log alone for as long as it asks, within an hour', async () => {
  const asks = (seconds: number) =>
    new RemoteError('status', 'url', 'no', { status: 503, retryAfterSeconds: seconds });
  const { looks } = await follow(5_000_000, (look) =>
    look === 1 ? asks(2) : look === 2 ? asks(1e9) : undefined,
  );
  expect(looks.slice(0, 3)).toEqual([0, 2000, 3_602_000]);
});

it('tells a trouble once, another one too, and that it is over', async () => {
  const errors = ['a', 'a', 'b', undefined, undefined, 'a'];
  const fails = (look: number) => {
    const text = errors[look - 1];
    return text === undefined ? undefined : new Error(text);
  };
  const { news, following } = await follow(50, fails);
  expect(news).toEqual(['a', 'b', undefined, 'a']);
  expect(following.trouble?.message).toBe('a');
});
