/** Server-sent events: news as they come, never silence, and no more streams than there may be. */
import { afterEach, expect, it } from 'vitest';
import { EventStreams } from '#service/event-streams.ts';
import { HttpProblem } from '#service/problem.ts';
import { until } from '#test/support/wait.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function streams(limits = {}) {
  const now = { size: 1 };
  const shown = () => ({ data: { size: now.size }, digest: String(now.size) });
  const events = new EventStreams('sizes', shown, { lookMs: 5, ...limits });
  closing.push(() => events.close());
  return { now, events };
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function next(reader: Reader): Promise<Record<string, unknown> | undefined> {
  const { value } = await reader.read();
  if (value === undefined) return undefined;
  const [, data] = /^event: sizes\ndata: (.*)\n\n$/.exec(new TextDecoder().decode(value))!;
  return JSON.parse(data!);
}

it('a stream begins with how it is, and tells of news', async () => {
  const { now, events } = streams({ silenceMs: 600_000 });
  const reader = events.open('a').getReader();
  expect(await next(reader)).toEqual({ size: 1 });
  // The first look is news to nobody who was there before.
  expect(await next(reader)).toEqual({ size: 1 });
  const coming = next(reader);
  now.size = 2;
  expect(await coming).toEqual({ size: 2 });
});

it('is never silent for longer than it says', async () => {
  const { events } = streams({ silenceMs: 20 });
  const reader = events.open('a').getReader();
  for (let i = 0; i < 4; i++) expect(await next(reader)).toEqual({ size: 1 });
});

it('refuses more streams than a client may have, and than there may be', () => {
  const { events } = streams({ total: 3, perClient: 2 });
  events.open('a');
  const second = events.open('a');
  const refusal = (client: string) => {
    try {
      events.open(client);
      return undefined;
    } catch (error) {
      return error instanceof HttpProblem ? [error.status, error.code] : error;
    }
  };
  expect(refusal('a')).toEqual([429, 'too-many-streams']);
  expect(refusal('b')).toBeUndefined();
  expect(refusal('b')).toEqual([503, 'too-many-streams']);
  void second.cancel();
  expect(events.count).toBe(2);
  expect(refusal('b')).toBeUndefined();
});

it('whoever has the most gives a stream up for whoever has fewer, when there are no more', async () => {
  const { events } = streams({ total: 6, perClient: 3 });
  const [oldest] = ['a', 'a', 'a', 'b', 'b', 'b'].map((client) => events.open(client).getReader());
  events.open('c');
  expect(events.count).toBe(6);
  expect(await next(oldest!)).toEqual({ size: 1 });
  expect(await next(oldest!)).toBeUndefined();
  events.open('d');
  // Two of each by now, or one: who has one already takes none from the others.
  expect(() => events.open('d')).toThrow(HttpProblem);
  expect(() => events.open('a')).toThrow(HttpProblem);
  expect(events.count).toBe(6);
});

it('is not made anew for each of many that ask at once', () => {
  let made = 0;
  const shown = () => {
    made += 1;
    return { data: {}, digest: '' };
  };
  const events = new EventStreams('sizes', shown, { lookMs: 600_000 });
  closing.push(() => events.close());
  for (let i = 0; i < 50; i++) events.open(String(i));
  expect(made).toBe(1);
});

it('ends the stream of a client that does not read', async () => {
  const { events } = streams({ silenceMs: 0 });
  const reader = events.open('a').getReader();
  await until(() => events.count === 0);
  const drained = async () => {
    while ((await reader.read()).done === false);
  };
  await expect(drained()).rejects.toThrow('does not read');
});
