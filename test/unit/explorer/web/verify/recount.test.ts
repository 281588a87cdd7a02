/** What a list or a number leaves out is seen by reading the log again, in the visitor's browser. */
import { describe, expect, it } from 'vitest';
import type { StatsAnswer } from '#explorer/search/answers.ts';
import type { Filters } from '#explorer/search/filters.ts';
import { recountSearch } from '#explorer/web/verify/recount/recount-search.ts';
import { recountStats } from '#explorer/web/verify/recount/recount-stats.ts';
import type { RecountOptions } from '#explorer/web/verify/recount/walk.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { HonestExplorer, HonestLog, NOW_MS, someEntries } from './honest-explorer.ts';

const SIZE = 600;
const log = new HonestLog('log.example/a').grow(...someEntries(SIZE));
const explorer = new HonestExplorer(log);

async function walkOf(options: RecountOptions = {}, fetch = explorer.fetch) {
  const visitor = await explorer.visitor({ fetch });
  const known = visitor.log(log.origin)!;
  const { breathe } = visitor.scene(options.signal);
  const checkpoint = {
    origin: log.origin,
    size: SIZE,
    root: log.source.tree.root(),
    extensions: [],
  };
  return { log: known, checkpoint, breathe, ...options };
}

describe('numbers', () => {
  it('that are right are said to be right', async () => {
    const progress: number[][] = [];
    const walk = await walkOf({ onProgress: (...told) => progress.push(told) });
    const answer = await explorer.stats();
    expect(await recountStats(answer, walk)).toMatchObject({ kind: 'right' });
    expect(progress.map(([done, total]) => [done, total])).toEqual([
      [256, SIZE],
      [512, SIZE],
      [SIZE, SIZE],
    ]);
    expect(progress.at(-1)![2]).toBe(answer.bytes);
  });

  it.each<[string, (answer: StatsAnswer) => Partial<StatsAnswer>]>([
    ['bytes', ({ bytes }) => ({ bytes: bytes + 1 })],
    ['hours_other', ({ hours_other }) => ({ hours_other: hours_other + 1 })],
    ['issuers_total', ({ issuers_total: n }) => ({ issuers_total: n + 1 })],
    [
      'hours',
      ({ hours }) => ({ hours: hours.map((h, i) => ({ ...h, entries: h.entries - (i ? 0 : 1) })) }),
    ],
    ['policies', ({ policies }) => ({ policies: policies.slice(1) })],
    [
      'types',
      ({ types }) => ({
        types: types.map((t, i) => ({ ...t, entries: t.entries + (i ? 1 : -1) })),
      }),
    ],
    ['sizes', ({ sizes }) => ({ sizes: sizes.map((s) => ({ ...s, up_to: s.up_to * 2 })) })],
    ['faults', () => ({ faults: 1 })],
  ])('of which one of %s is wrong are seen', async (_, change) => {
    const answer = await explorer.stats();
    const recount = await recountStats({ ...answer, ...change(answer) }, await walkOf());
    expect(recount.kind).toBe('wrong');
    if (recount.kind !== 'wrong') return;
    for (const { code } of recount.findings) expect(code).toBe('stats-count');
  });

  it('of entries that must not stand in a log are counted by their signatures', async () => {
    const bad = new HonestLog('log.example/bad').grow(encodeUtf8('{"version":"TECP-0.1"}'));
    const liar = new HonestExplorer(bad);
    const visitor = await liar.visitor();
    const walk = {
      log: visitor.log(bad.origin)!,
      checkpoint: { origin: bad.origin, size: 1, root: bad.source.tree.root(), extensions: [] },
      breathe: visitor.scene().breathe,
    };
    const recount = async (faults: number, judged: boolean) => {
      const log = { ...walk.log, answer: { ...walk.log.answer, judged } };
      return await recountStats({ ...(await liar.stats()), faults }, { ...walk, log });
    };
    expect((await recount(1, true)).kind).toBe('right');
    // Where an explorer judges entries, that none is bad is a number as any other.
    expect((await recount(0, true)).kind).toBe('wrong');
    const unjudged = await recount(0, false);
    expect(unjudged.kind).toBe('right');
    expect(unjudged.words).toContain('was not judged');
    expect((await recount(1, false)).kind).toBe('wrong');
  });
});

describe('a list', () => {
  const recount = async (
    filters: Filters,
    drop: readonly number[],
    range?: { from: number; to: number },
  ) => {
    const { entries } = await explorer.search(filters, SIZE);
    const shown = new Set(
      entries.map(({ index }) => index).filter((index) => !drop.includes(index)),
    );
    return await recountSearch(
      { filters, shown },
      { ...(await walkOf()), ...(range && { range }) },
    );
  };

  it('that is complete is said to be complete', async () => {
    for (const filters of [{}, { policies: ['custom_policy'] }, { issuer: 'nobody' }]) {
      expect(await recount(filters, [])).toMatchObject({ kind: 'complete', findings: [] });
    }
  });

  it('that leaves out an entry is seen, and the entry is named', async () => {
    const verdict = await recount({ policies: ['custom_policy'] }, [1, 301]);
    expect(verdict).toMatchObject({ kind: 'incomplete', leftOut: [1, 301] });
    expect(verdict.findings.map(({ code }) => code)).toEqual(['search-left-out']);
    expect((await recount({ index: 17 }, [17])).leftOut).toEqual([17]);
  });

  it('that is a page of a longer one is compared as far as it goes', async () => {
    expect((await recount({}, [10, 20], { from: 11, to: 20 })).kind).toBe('complete');
    expect((await recount({}, [10, 20], { from: 10, to: 20 })).leftOut).toEqual([10]);
    expect((await recount({}, [10, 300], { from: 257, to: 301 })).leftOut).toEqual([300]);
  });

  it('of many that are left out names the first, and counts the others', async () => {
    const all = Array.from({ length: SIZE }, (_, i) => i);
    const verdict = await recount({}, all);
    expect(verdict.leftOut).toEqual(all.slice(0, 20));
    expect(verdict.findings[0]!.got).toContain('and more');
  });
});

describe('reading again', () => {
  it('shows nothing where the entries are not those of the tree, or do not come', async () => {
    const lying: typeof explorer.fetch = async (url, init) => {
      const response = await explorer.fetch(url, init);
      if (!url.includes('entries/001')) return response;
      const bytes = new Uint8Array(await response.arrayBuffer());
      bytes[50]! ^= 1;
      return new Response(bytes);
    };
    const answer = await explorer.stats();
    expect((await recountStats(answer, await walkOf({}, lying))).kind).toBe('undecided');
    const away = await walkOf({}, async () => new Response('', { status: 503 }));
    expect((await recountStats(answer, away)).kind).toBe('undecided');
    const list = { filters: {}, shown: new Set<number>() };
    expect((await recountSearch(list, await walkOf({}, lying))).kind).toBe('undecided');
  });

  it('ends when the visitor has enough of it', async () => {
    const control = new AbortController();
    const walk = await walkOf({
      signal: control.signal,
      onProgress: () => control.abort(new Error('enough')),
    });
    await expect(recountStats(await explorer.stats(), walk)).rejects.toThrow('enough');
  });

  it('lets the page live in between', async () => {
    const clock = { nowMs: NOW_MS };
    const visitor = await explorer.visitor({ nowMs: () => (clock.nowMs += 5) });
    const { breathe } = visitor.scene();
    let turns = 0;
    const counting = setInterval(() => turns++);
    await recountStats(await explorer.stats(), { ...(await walkOf()), breathe });
    clearInterval(counting);
    expect(turns).toBeGreaterThan(20);
  });
});

describe('a page of a search', () => {
  const other = new HonestLog('log.example/b').grow(...someEntries(5, 'b'));
  const both = new HonestExplorer(log, other);

  async function recountOf(filters: Filters, drop: readonly number[], cursor?: string) {
    const visitor = await both.visitor();
    const logs = await visitor.logs(await both.logsAnswer(), NOW_MS);
    const answer = await both.search(filters, 10, cursor);
    const page = {
      filters,
      entries: answer.entries.filter((_, i) => !drop.includes(i)),
      searched: answer.searched,
    };
    const verdicts = logs.logs.map(({ checkpoint }) => checkpoint!.verdict);
    const plan = visitor.planRecount(page, verdicts);
    return { plan, recount: await visitor.recountPage(page, plan) };
  }

  it('is shown to be complete down to where it ends, in each log that was searched', async () => {
    const first = await recountOf({ log: log.origin }, []);
    expect(first.recount.kind).toBe('complete');
    expect(first.plan.total).toBe(10);
    const next = await recountOf({ log: log.origin }, [], '300');
    expect([next.recount.kind, next.plan.total]).toEqual(['complete', 10]);
    const whole = await recountOf({ index: 3 }, []);
    expect([whole.recount.kind, whole.plan.total]).toEqual(['complete', SIZE + 5]);
    expect(whole.recount.words).toHaveLength(2);
  });

  it('is shown to be complete between what it holds and where the pages beside it end', async () => {
    const rare = { policies: ['custom_policy'], log: log.origin };
    const { recount, plan } = await recountOf(rare, [], '300');
    expect(recount.kind).toBe('complete');
    expect(recount.words).toEqual([
      'log.example/a: Entries 279 to 299 were read and searched here: the list leaves nothing out.',
    ]);
    expect(plan.total).toBe(21);
    // Neither its first nor its last, nor all that it had.
    for (const drop of [[0], [9], Array.from({ length: 10 }, (_, i) => i)]) {
      expect((await recountOf(rare, drop, '300')).recount.kind).toBe('incomplete');
    }
  });

  it('that leaves out an entry is seen, also where nothing is left', async () => {
    expect((await recountOf({ log: log.origin }, [4])).recount.kind).toBe('incomplete');
    expect((await recountOf({ log: log.origin }, [0])).recount.kind).toBe('incomplete');
    const { recount } = await recountOf({ index: 3 }, [0, 1]);
    expect(recount.findings.map(({ log: origin }) => origin)).toEqual([log.origin, other.origin]);
  });

  it('answers for no log whose checkpoint is not verified', async () => {
    const visitor = await both.visitor();
    visitor.policies.add('b', other.policy);
    const logs = await visitor.logs(await both.logsAnswer(), NOW_MS);
    const { searched } = await both.search({}, SIZE + 5);
    const page = { filters: {}, entries: [], searched };
    const plan = visitor.planRecount(
      page,
      logs.logs.map(({ checkpoint }) => checkpoint!.verdict),
    );
    expect(plan.total).toBe(5);
  });
});

it('numbers of a checkpoint that is not verified, or of another size, are not counted', async () => {
  const visitor = await explorer.visitor();
  const answer = await explorer.stats();
  expect((await visitor.recountStats(answer)).kind).toBe('right');
  expect((await visitor.recountStats({ ...answer, size: 7 })).kind).toBe('undecided');
  expect((await visitor.recountStats({ ...answer, log: 'another' })).kind).toBe('undecided');
});
