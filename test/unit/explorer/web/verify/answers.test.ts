/** What an honest explorer answers raises no finding; each lie that is told in an answer does, by its code. */
import { describe, expect, it } from 'vitest';
import type { EntryAnswer, OneEntryAnswer, SearchAnswer } from '#explorer/search/answers.ts';
import type { AskedSearch } from '#explorer/web/verify/answers/search.ts';
import { judgeCheckpoint } from '#explorer/web/verify/checkpoints/judge-checkpoint.ts';
import { expectedPath } from '#explorer/web/verify/entries/expected-path.ts';
import type { Finding } from '#explorer/web/verify/findings.ts';
import { offeredTrust } from '#explorer/web/verify/trust/trust.ts';
import { encodeBase64 } from '#protocol/base64.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { freshReceipt } from '#test/support/log.ts';
import { HonestExplorer, HonestLog, NOW_MS, someEntries } from './honest-explorer.ts';

const SIZE = 40;
const log = new HonestLog('log.example/a').grow(...someEntries(SIZE));
const other = new HonestLog('log.example/b').grow(...someEntries(7, 'b'));
const explorer = new HonestExplorer(log, other);
const codesOf = ({ findings }: { findings: readonly Finding[] }) =>
  findings.map(({ code }) => code);

const ASKED: AskedSearch = { filters: { log: log.origin }, limit: 10, askedMs: NOW_MS };
const asked = { index: 9, log: log.origin, askedMs: NOW_MS };

async function searched(change: (answer: SearchAnswer) => unknown, how: Partial<AskedSearch> = {}) {
  const whole = { ...ASKED, ...how };
  const answer = await explorer.search(whole.filters, 10, whole.cursor);
  return (await explorer.visitor()).search(change(answer), whole);
}

/** Codes for an answer of which the entry in the middle is changed. */
async function withEntry(change: (entry: EntryAnswer) => object): Promise<string[]> {
  const verdict = await searched((answer) => ({
    ...answer,
    entries: answer.entries.map((entry, i) => (i === 3 ? { ...entry, ...change(entry) } : entry)),
  }));
  expect(verdict.isVerified).toBe(false);
  return codesOf(verdict);
}

async function oneEntry(change: (answer: OneEntryAnswer) => unknown): Promise<string[]> {
  const verdict = await (await explorer.visitor()).entry(change(await explorer.entry(9)), asked);
  expect(verdict.isVerified).toBe(codesOf(verdict).length === 0);
  return codesOf(verdict);
}

const flipped = (text: string, at = 10) =>
  `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;

describe('an honest explorer', () => {
  it.each([
    {},
    { log: log.origin },
    { policies: ['custom_policy'] },
    { index: 3 },
    { codeRefPrefix: 'git:' },
    { fromMs: NOW_MS - 20_000, toMs: NOW_MS - 5000 },
    { issuer: 'nobody' },
  ])('is believed in its search for %j', async (filters) => {
    const verdict = await searched((answer) => answer, { filters });
    expect(verdict.findings).toEqual([]);
    expect(verdict.isVerified).toBe(true);
    expect(verdict.entries.every(({ isVerified }) => isVerified)).toBe(true);
    expect(verdict.claims).toHaveLength(1);
  });

  it('of a log that was not cosigned for more than a day leaves a doubt', async () => {
    const answer = await explorer.logsAnswer();
    const after = async (hours: number) => {
      const nowMs = () => NOW_MS + 3_600_000 * hours;
      return codesOf(await explorer.browser({ nowMs }).logs(answer, nowMs()));
    };
    expect(await after(23)).toEqual([]);
    expect(await after(25)).toEqual(['checkpoint-old', 'checkpoint-old']);
  });

  it('is believed page after page', async () => {
    const visitor = await explorer.visitor();
    let before: AskedSearch['before'];
    let cursor: string | undefined;
    let seen = 0;
    do {
      const how = { ...ASKED, filters: {}, ...(before && { before }), ...(cursor && { cursor }) };
      const verdict = await visitor.search(await explorer.search({}, 10, cursor), how);
      expect(verdict.findings).toEqual([]);
      expect(verdict.claims).toHaveLength(1);
      before = verdict.searched;
      seen += verdict.entries.length;
      cursor = verdict.nextCursor;
    } while (cursor !== undefined);
    expect(seen).toBe(SIZE + 7);
  });

  it('is believed about logs, one entry, numbers and checkpoints', async () => {
    const visitor = explorer.browser();
    const logs = await visitor.logs(await explorer.logsAnswer(), NOW_MS);
    const entry = await visitor.entry(await explorer.entry(9), asked);
    const stats = await visitor.stats(await explorer.stats(), { askedMs: NOW_MS });
    const listed = await visitor.checkpoints(await explorer.checkpoints([40, 12, 1]), {});
    for (const verdict of [logs, entry, stats, listed]) {
      expect(verdict.findings).toEqual([]);
      expect(verdict.isVerified).toBe(true);
    }
    expect(entry.entry?.receipt?.verdict).toMatchObject({ valid: true, index: 9, tree_size: SIZE });
    expect(logs.logs[0]?.checkpoint?.verdict.words).toBe(
      'Signed by the log and cosigned by w1, w2, w3; the quorum has been met for 59 s, by the policy that this explorer offers.',
    );
  });
});

describe('a lie about an entry', () => {
  it('is seen in its bytes', async () => {
    expect(await withEntry(({ entry }) => ({ entry: flipped(entry, 100) }))).toContain(
      'entry-proof',
    );
  });

  it('is seen in bytes of another entry of the log', async () => {
    const stranger = encodeBase64(log.source.log[2]!);
    expect(await withEntry(() => ({ entry: stranger }))).toContain('entry-proof');
  });

  it('is seen in its proof', async () => {
    expect(await withEntry(({ proof }) => ({ proof: proof.slice(1) }))).toEqual(['entry-proof']);
    const changed = (proof: readonly string[]) => proof.with(2, encodeBase64(new Uint8Array(32)));
    expect(await withEntry(({ proof }) => ({ proof: changed(proof) }))).toEqual(['entry-proof']);
    expect(await withEntry(() => ({ proof: ['no base64'] }))).toEqual(['entry-form']);
  });

  it('is seen in its index, also beyond the tree', async () => {
    expect(await withEntry(({ index }) => ({ index: index + SIZE }))).toContain('entry-beyond');
    const verdict = await searched((answer) => ({
      ...answer,
      entries: [{ ...answer.entries[0]!, index: 35 }],
    }));
    expect(codesOf(verdict)).toEqual(['entry-proof']);
  });

  it('is seen in what is said of it', async () => {
    expect(await withEntry(() => ({ leaf_hash: '00'.repeat(32) }))).toEqual(['entry-leaf-hash']);
    expect(await withEntry(() => ({ type: 'opaque-receipt' }))).toEqual(['entry-type']);
    const summary = (members: object) =>
      withEntry((entry) => ({ summary: { ...entry.summary, ...members } }));
    for (const member of ['title', 'issuer', 'code_ref', 'input_hash', 'output_hash', 'nonce']) {
      expect(await summary({ [member]: 'another' })).toEqual(['entry-summary']);
    }
    expect(await summary({ time_ms: NOW_MS })).toEqual(['entry-summary']);
    expect(await summary({ policies: [] })).toEqual(['entry-summary']);
    expect(await withEntry(({ summary: { title } }) => ({ summary: { title } }))).toEqual([
      'entry-summary',
    ]);
  });

  it('is seen in a fault that it has not, or in the wrong one', async () => {
    expect(await withEntry(() => ({ fault: 'E-SIG-002' }))).toEqual(['entry-fault']);
    const bad = new HonestLog('log.example/bad').grow(encodeUtf8('{"version":"TECP-0.1"}'));
    const liar = new HonestExplorer(bad);
    const answer = await liar.search({});
    const judge = async (fault: string) => {
      const entries = [{ ...answer.entries[0]!, fault }];
      return codesOf(
        await (await liar.visitor()).search({ ...answer, entries }, { ...ASKED, filters: {} }),
      );
    };
    expect(await judge('E-SIG-002')).toEqual(['entry-fault']);
    expect(await judge('E-SCHEMA-001')).toEqual([]);
  });
});

describe('a lie about one entry', () => {
  it('is silent where there is none', async () => {
    expect(await oneEntry((answer) => answer)).toEqual([]);
  });

  it('is seen where another was asked for', async () => {
    const another = await explorer.entry(10);
    expect(await oneEntry(() => another)).toEqual(['entry-asked']);
  });

  it('is seen in an offline proof that says something else', async () => {
    const another = await explorer.entry(10);
    expect(await oneEntry((answer) => ({ ...answer, tlog_proof: another.tlog_proof }))).toEqual([
      'entry-tlog-proof',
    ]);
    const extra = (text: string) => text.replace('\nindex', '\nextra QUJD\nindex');
    expect(
      await oneEntry((answer) => ({ ...answer, tlog_proof: extra(answer.tlog_proof) })),
    ).toEqual(['entry-tlog-proof']);
    expect(await oneEntry((answer) => ({ ...answer, tlog_proof: 'nothing' }))).toEqual([
      'entry-tlog-proof',
    ]);
  });

  it('is seen in an answer of another form', async () => {
    for (const value of [undefined, null, [], 'text', 7, {}, { index: -1 }]) {
      expect(await oneEntry(() => value)).toEqual(['answer-form']);
    }
  });
});

describe('a lie about a list', () => {
  const swapped = <T>(list: readonly T[]) => [list[1]!, list[0]!, ...list.slice(2)];

  it('is seen in entries that were not searched for', async () => {
    const filters = { policies: ['custom_policy'] };
    const all = await explorer.search({ log: log.origin }, 10);
    expect(codesOf(await searched(() => all, { filters }))).toContain('search-filter');
    const everywhere = await explorer.search({}, 47);
    expect(codesOf(await searched(() => everywhere, { limit: 47 }))).toContain('search-filter');
  });

  it('is seen in the order, in what comes twice, and in too many', async () => {
    const turned = await searched((a) => ({ ...a, entries: swapped(a.entries) }));
    expect(codesOf(turned)).toEqual(['search-order']);
    const twice = await searched((a) => ({
      ...a,
      entries: [a.entries[0], ...a.entries.slice(0, 9)],
    }));
    expect(codesOf(twice)).toEqual(['search-twice']);
    expect(codesOf(await searched((a) => a, { limit: 9 }))).toEqual(['search-limit']);
  });

  it('is seen in a next page that shows again what was before', async () => {
    const stuck = await searched((a) => ({ ...a, next_cursor: '30' }), { cursor: '30' });
    expect(codesOf(stuck)).toEqual(['search-cursor']);
    const opaque = await searched((a) => ({ ...a, next_cursor: 'x' }), { cursor: '30' });
    expect(codesOf(opaque)).toEqual([]);
  });

  it('is seen in a page that does not begin where it must, and in one that is not on its own range', async () => {
    const { origin } = log;
    const says =
      (change: (range: { from: number; to: number }) => object) => (answer: SearchAnswer) => ({
        ...answer,
        searched: { [origin]: { ...answer.searched[origin], ...change(answer.searched[origin]!) } },
      });
    const codes = async (change: (answer: SearchAnswer) => unknown, how = {}) =>
      codesOf(await searched(change, how));
    // Of the first page the newest entry is missing, or all of the log; of the last one the oldest.
    expect(await codes(says(({ to }) => ({ to: to - 1 })))).toContain('search-range');
    expect(await codes((a) => ({ ...a, searched: {} }))).toContain('search-range');
    expect(
      await codes(
        says(() => ({ from: 1 })),
        { cursor: '5' },
      ),
    ).toContain('search-range');
    expect(await codes(says(({ to }) => ({ from: to + 1 })))).toContain('search-range');
    expect(await codes(says(({ to }) => ({ to: to + 1 })))).toEqual(['search-range']);
    // Between two pages nothing may be left out, and nothing comes twice.
    const page = (from: number, to: number) => ({
      cursor: '30',
      before: { [origin]: { from, to } },
    });
    expect(await codes((a) => a, page(30, 40))).toEqual([]);
    expect(await codes((a) => a, page(31, 40))).toEqual(['search-range']);
    expect(await codes((a) => a, page(29, 40))).toEqual(['search-range']);
    // What was read of the log meanwhile is on neither page.
    expect(await codes((a) => a, page(29, 29))).toEqual([]);
    expect(await codes((a) => a, page(31, 31))).toEqual(['search-range']);
  });

  it('is a claim where the page before is not known', async () => {
    const { findings, claims } = await searched((a) => a, { cursor: '30' });
    expect(findings).toEqual([]);
    expect(claims.join()).toContain('your browser has not had it');
  });

  it('is seen in a log that is not there, and in one without its checkpoint', async () => {
    expect(codesOf(await searched((a) => ({ ...a, checkpoints: {} })))).toContain(
      'checkpoint-missing',
    );
    const stranger = await searched((a) => ({
      ...a,
      entries: a.entries.map((entry) => ({ ...entry, log: 'log.example/c' })),
    }));
    expect(codesOf(stranger)).toContain('log-unknown');
  });
});

describe('a lie about a checkpoint', () => {
  const withNote = async (note: string) =>
    codesOf(await searched((a) => ({ ...a, checkpoints: { [log.origin]: note } })));

  it('is seen in its signatures, its form and its log', async () => {
    const note = await log.note();
    const at = note.indexOf('\u2014 log.example/a ') + 40;
    expect(await withNote(flipped(note, at))).toContain('checkpoint-signature');
    expect(await withNote('nothing')).toContain('checkpoint-form');
    expect(await withNote(await other.note())).toContain('checkpoint-untrusted');
    const stranger = new HonestLog(log.origin).grow(...someEntries(SIZE));
    expect(await withNote(await stranger.note())).toContain('checkpoint-untrusted');
  });

  it('is seen where witnesses lack', async () => {
    expect(await withNote(await log.note(SIZE, [2]))).toEqual(['checkpoint-quorum']);
    expect(await withNote(await log.note(SIZE, [0, 2]))).toEqual([]);
  });

  it('is seen in sizes, roots, cosignatures and the order of a list', async () => {
    const answer = await explorer.checkpoints([40, 12]);
    const listed = async (change: object) => {
      const checkpoints = [answer.checkpoints[0], { ...answer.checkpoints[1], ...change }];
      return codesOf(await (await explorer.visitor()).checkpoints({ ...answer, checkpoints }, {}));
    };
    expect(await listed({})).toEqual([]);
    expect(await listed({ size: 13 })).toEqual(['checkpoint-size']);
    expect(await listed({ root: '00'.repeat(32) })).toEqual(['checkpoint-root']);
    expect(await listed({ cosigned: [] })).toEqual(['checkpoint-cosigned']);
    const turned = { ...answer, checkpoints: answer.checkpoints.toReversed() };
    expect(codesOf(await (await explorer.visitor()).checkpoints(turned, {}))).toEqual([
      'checkpoint-order',
    ]);
  });
});

it('how long a quorum has been met is said in a unit that fits', () => {
  const trust = offeredTrust(log.policy);
  const words = async (agoMs: number) =>
    judgeCheckpoint(await log.note(), log.origin, trust, NOW_MS + agoMs).words;
  return Promise.all(
    [
      [-3_600_000, 'for 0 s,'],
      [119_000, 'for 2 min,'],
      [3 * 3_600_000, 'for 3 h,'],
      [50 * 3_600_000, 'for 2 days,'],
    ].map(async ([agoMs, text]) => expect(await words(agoMs as number)).toContain(text)),
  );
});

describe('a lie about logs', () => {
  const listed = async (change: object) => {
    const answer = await explorer.logsAnswer();
    const logs = [answer.logs[0], { ...answer.logs[1], ...change }];
    return codesOf(await explorer.browser().logs({ ...answer, logs }, NOW_MS));
  };

  it('is seen in sizes that nobody signed', async () => {
    expect(await listed({})).toEqual([]);
    expect(await listed({ size: 8, shown_size: 9 })).toEqual(['checkpoint-size']);
    expect(await listed({ shown_size: 6 })).toEqual(['checkpoint-size']);
    expect(await listed({ checkpoint: undefined })).toEqual(['checkpoint-missing']);
    expect(await listed({ checkpoint: undefined, size: 0, shown_size: 0 })).toEqual([]);
    expect(await listed({ checkpoint_ms: NOW_MS })).toEqual(['checkpoint-cosigned']);
    expect(await listed({ checkpoint_ms: undefined })).toEqual(['checkpoint-cosigned']);
  });

  it('is seen in files elsewhere, and in a log that is listed twice', async () => {
    expect(await listed({ files: 'https://elsewhere.example/' })).toEqual(['log-files']);
    const [first] = (await explorer.logsAnswer()).logs;
    expect(await listed(first!)).toEqual(['log-twice']);
  });

  it('is seen in one that has not its form, and takes no other log away', async () => {
    const visitor = explorer.browser();
    const answer = await explorer.logsAnswer();
    const long = { ...answer.logs[1], trouble: 'x'.repeat(20_000) };
    const { logs, findings } = await visitor.logs(
      { ...answer, logs: [answer.logs[0], long, null] },
      NOW_MS,
    );
    expect(findings).toMatchObject([
      { code: 'answer-form', got: 'something else at logs[1].trouble' },
      { code: 'answer-form', got: 'something else at logs[2]' },
    ]);
    expect(logs.map(({ answer: { log: origin } }) => origin)).toEqual([log.origin]);
    expect(codesOf(await visitor.entry(await explorer.entry(9), asked))).toEqual([]);
  });

  it('is seen in a policy that is none', async () => {
    expect(await listed({ policy: 'nothing' })).toEqual(['checkpoint-untrusted']);
  });
});

describe('a lie about numbers', () => {
  it('is seen where they do not agree with the size or with one another', async () => {
    const answer = await explorer.stats();
    const judge = async (change: object) =>
      codesOf(
        await (await explorer.visitor()).stats({ ...answer, ...change }, { askedMs: NOW_MS }),
      );
    expect(await judge({})).toEqual([]);
    expect(await judge({ size: 41 })).toContain('checkpoint-size');
    for (const change of [
      { bytes: 1 },
      { faults: 41 },
      { policies_total: 1 },
      { issuers: [{ value: 'x', entries: 41 }] },
      { types: answer.types.slice(1) },
      { sizes: answer.sizes.slice(1) },
      { hours: [{ hour_ms: 0, entries: 41 }] },
      { hours_other: 41 },
      { policies: [{ value: 'x', entries: 41 }] },
    ]) {
      expect(await judge(change), JSON.stringify(change)).toContain('stats-sum');
    }
  });
});

it('what a finding says cannot steer the page, and is short', async () => {
  const { findings } = await searched((answer) => ({
    ...answer,
    entries: [{ ...answer.entries[0], type: `\u202e${'x'.repeat(900)}` }],
  }));
  expect(findings[0]?.got).toMatch(/^\\u\{202e\}x{399}\.\.\.$/);
});

it('a receipt whose signature is wrong is told as such, though the log has it', async () => {
  const receipt = new TextDecoder().decode(freshReceipt({ ts: NOW_MS }));
  const forged = encodeUtf8(receipt.replace('no_retention', 'no_retentiom'));
  const bad = new HonestExplorer(new HonestLog('log.example/bad').grow(forged));
  const verdict = await (await bad.visitor()).entry(await bad.entry(0), {
    index: 0,
    askedMs: NOW_MS,
  });
  expect(verdict.isVerified).toBe(true);
  expect(verdict.entry?.decoded?.fault?.code).toBe('E-SIG-002');
  expect(verdict.entry?.receipt?.verdict.valid).toBe(false);
});

it('an old receipt is not called invalid by a proof of today', async () => {
  const old = freshReceipt({ ts: NOW_MS - 40 * 24 * 3_600_000 });
  const bad = new HonestExplorer(new HonestLog('log.example/old').grow(old));
  const verdict = await (await bad.visitor()).entry(await bad.entry(0), {
    index: 0,
    askedMs: NOW_MS,
  });
  expect(verdict.entry?.receipt).toMatchObject({
    isOldByThisProof: true,
    verdict: { valid: true },
  });
});

it('what the hashes of a proof have to be is read from the tree, where its tiles come', async () => {
  const checkpoint = {
    origin: log.origin,
    size: SIZE,
    root: log.source.tree.root(),
    extensions: [],
  };
  expect(await expectedPath(log.source, checkpoint, 9)).toEqual({
    leaf: leafHash(log.source.log[9]!),
    siblings: await log.proof(9),
  });
  expect(await expectedPath(log.source, checkpoint, SIZE)).toBeUndefined();
  expect(await expectedPath(other.source, checkpoint, 9)).toBeUndefined();
});
