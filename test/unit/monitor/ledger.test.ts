/** The ledger of statements: what it costs to be honest, and that nothing makes it grow without end. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { RemoteError } from '#client/http.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { randomBytes } from '#crypto';
import { fromView } from '#monitor/statements/statement.ts';
import { openView } from '#monitor/statements/view.ts';
import { MonitorState } from '#monitor/store/state.ts';
import { Ledger } from '#monitor/watch/ledger.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import { KEY_TYPES, makeSignerKey } from '#protocol/note/key.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { monotonicMs } from '#service/schedule.ts';
import { FakeLog, FakeTree, fakePolicy, PuppetWitness } from '#test/support/fake-log.ts';
import { stopMonotonicClock } from '#test/support/monotonic-clock.ts';
import { tempFolder } from '#test/support/temp.ts';

const closing: { close(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0).reverse()) await item.close();
});

async function setup(size: number) {
  const log = await new FakeLog().start();
  log.tree.append(size);
  const witnesses = [new PuppetWitness('x'), new PuppetWitness('honest')] as const;
  const policy = parsePolicy(fakePolicy([log], witnesses));
  const state = MonitorState.open(join(tempFolder(), 'monitor.db'));
  closing.push(log, state);
  const { origin } = log;
  const keys = [log.key.verifier, ...policy.witnesses.map(({ key }) => key)];
  const ledger = new Ledger({ origin, keys, state, now: Date.now });
  const view = (at: number, tree = log.tree, by: readonly PuppetWitness[] = []) => {
    const note = by.reduce(
      (signed, witness) => witness.cosign(signed, 1, [witness.keys[0]]),
      log.sign(tree, at),
    );
    return openView(note, origin, policy);
  };
  const pass = () => ledger.pass(new HttpTileSource(log.url));
  const [x, honest] = witnesses;
  // In one transaction, so that the disk is not what is tested.
  const flood = (views: () => void) => state.db.transaction(views)();
  return { log, state, ledger, view, pass, flood, x, honest };
}

it('a statement is compared with the confirmed tree once, however often it is shown', async () => {
  const { log, ledger, view, pass, state } = await setup(600);
  ledger.confirm(view(600));
  ledger.add(view(300));
  expect(ledger.standing(view(300).text)).toBe('pending');
  await pass();
  expect(ledger.standing(view(300).text)).toBe('agrees');
  log.requests.length = 0;
  ledger.add(view(300));
  ledger.add(view(600));
  expect(await pass()).toEqual([]);
  expect(log.requests).toEqual([]);
  expect(state.statements(log.origin)).toEqual([]);
});

it('larger statements wait for the confirmed tree, consistent ones without a second request', async () => {
  const { log, ledger, view, pass, state } = await setup(600);
  ledger.confirm(view(100));
  for (const size of [200, 300, 400]) ledger.add(view(size));
  await pass();
  expect(ledger.owed()).toEqual([]);
  log.requests.length = 0;
  await pass();
  expect(log.requests).toEqual([]);
  expect(state.statements(log.origin)).toHaveLength(3);
  ledger.confirm(view(500));
  await pass();
  expect(state.statements(log.origin)).toEqual([]);
});

it('a contradiction is reported once, and remembered', async () => {
  const { ledger, view, pass } = await setup(600);
  ledger.confirm(view(600));
  const lie = view(300, new FakeTree().append(300, 'lie'));
  ledger.add(lie);
  const contradictions = await pass();
  expect(contradictions).toHaveLength(1);
  expect(contradictions[0]!.evidence[0]!.kind).toBe('different-size-fork');
  ledger.add(lie);
  expect(await pass()).toEqual([]);
  expect(ledger.standing(lie.text)).toBe('contradicts');
});

it('a witness that cosigned both trees is convicted among any number of contradictions', async () => {
  const { ledger, view, pass, x } = await setup(600);
  const lie = new FakeTree().append(500, 'lie');
  ledger.confirm(view(600, undefined, [x]));
  for (let size = 301; size < 401; size++) ledger.add(view(size, lie));
  ledger.add(view(500, lie, [x]));
  const found = [...(await pass()), ...(await pass())];
  const accused = found.flatMap(({ evidence }) => evidence.map((item) => item.accused.text));
  expect(accused).toContain(x.keys[0].verifier.text);
});

it('a refuted statement outlives a crash until what it proves has been stored', async () => {
  const { log, ledger, view, pass, state } = await setup(600);
  ledger.confirm(view(600));
  const lie = view(300, new FakeTree().append(300, 'lie'));
  ledger.add(lie);
  expect(await pass()).toHaveLength(1);
  expect(state.statements(log.origin)).toMatchObject([{ note: lie.note }]);
  ledger.forgetRefuted();
  expect(state.statements(log.origin)).toEqual([]);
});

it('a statement keeps everybody who cosigned it, also of a hundred witnesses', () => {
  const log = new FakeLog();
  const { text, signatures } = parseNote(log.sign());
  const keys = Array.from({ length: 100 }, (_, i) =>
    makeSignerKey(`w${i}.example`, KEY_TYPES.cosignatureEd25519, randomBytes(32)),
  );
  const lines = keys.map(({ verifier: { name, text: key } }) => `witness ${name} ${key}\n`);
  const policy = parsePolicy(`log ${log.key.verifier.text}\n${lines.join('')}quorum none\n`);
  const cosignatures = keys.map((key) => cosign(text, key, 1));
  const note = formatNote({ text, signatures: [...signatures, ...cosignatures] });
  const statement = fromView(openView(note, log.origin, policy));
  expect(statement.cosigners.size).toBe(100);
  expect(statement.note).toBe(note);
});

it('who else cosigned a statement is news, of one that waits as of the confirmed one', async () => {
  const { log, ledger, view, state, x } = await setup(600);
  ledger.confirm(view(100));
  for (const size of [100, 300]) {
    ledger.add(view(size));
    const more = view(size, undefined, [x]);
    expect([ledger.knows(view(size)), ledger.knows(more)]).toEqual([true, false]);
    ledger.add(more);
    expect(ledger.knows(more)).toBe(true);
  }
  // The confirmed one is settled, however often it is shown.
  const saved = state.statements(log.origin).map(({ note }) => note);
  expect(saved).toEqual([view(300, undefined, [x]).note]);
});

it('another tree of the confirmed size is evidence at once, without a tile', async () => {
  const { log, ledger, view, pass } = await setup(600);
  ledger.confirm(view(600));
  log.down = true;
  ledger.add(view(600, new FakeTree().append(600, 'lie')));
  const [contradiction] = await pass();
  expect(contradiction!.evidence[0]!.kind).toBe('same-size-fork');
});

it('a statement that could not be saved is saved when it is shown again', async () => {
  const { log, ledger, view, state } = await setup(600);
  ledger.confirm(view(100));
  const onFullDisk = state.db.transaction(() => {
    ledger.add(view(300));
    throw new Error('the disk is full');
  });
  expect(onFullDisk).toThrow('the disk is full');
  expect(state.statements(log.origin)).toEqual([]);
  ledger.add(view(300));
  expect(state.statements(log.origin)).toMatchObject([{ note: view(300).note }]);
});

it('two trees beyond the confirmed one are found to contradict before it has got there', async () => {
  const { ledger, view, pass } = await setup(600);
  ledger.confirm(view(100));
  ledger.add(view(300, new FakeTree().append(300, 'lie')));
  ledger.add(view(600));
  const contradictions = await pass();
  expect(contradictions.map(({ second }) => second.checkpoint.size)).toEqual([600]);
});

it('of two trees that contradict each other neither is refuted before one is confirmed', async () => {
  const { ledger, view, pass } = await setup(600);
  const lie = view(300, new FakeTree().append(300, 'lie'));
  ledger.add(lie);
  ledger.add(view(600));
  expect(await pass()).toHaveLength(1);
  expect([lie, view(600)].map(({ text }) => ledger.standing(text))).toEqual(['pending', 'pending']);
  ledger.confirm(view(600));
  await pass();
  expect([lie, view(600)].map(({ text }) => ledger.standing(text))).toEqual([
    'contradicts',
    'agrees',
  ]);
});

it('a comparison that the log does not show is owed from when it was first due, until it shows it', async () => {
  const { log, ledger, view, pass } = await setup(600);
  ledger.confirm(view(600));
  ledger.add(view(300), 5000);
  log.down = true;
  expect(await pass()).toEqual([]);
  const [owed] = ledger.owed();
  expect(owed).toMatchObject({ unproven: { text: view(300).text } });
  expect(owed!.sinceMs).toBeLessThanOrEqual(monotonicMs() - 5000);
  ledger.add(view(310));
  await pass();
  expect(ledger.owed().map(({ sinceMs }) => sinceMs)).toContain(owed!.sinceMs);
  log.down = false;
  await pass();
  expect(ledger.owed()).toEqual([]);
});

it('a log with two trees that shows now the one and now the other owes from the first time on', async () => {
  const { log, ledger, view, pass } = await setup(300);
  const [a, b] = [log.tree.fork().append(400, 'a'), log.tree.fork().append(800, 'b')];
  const edges = [
    { tree: a, paths: ['tile/0/002.p/188', 'tile/1/000.p/2'] },
    { tree: b, paths: ['tile/0/004.p/76', 'tile/1/000.p/4'] },
  ];
  // What both trees begin with is shown, and of what comes after it the right edge of one of them.
  const showEdgeOf = (shown: FakeTree) => {
    for (const { tree, paths } of edges) {
      for (const path of paths) log.overrides.set(path, tree === shown ? tree.file(path) : 503);
    }
  };
  log.overrides.set('tile/0/002', 503);
  log.tree = b;
  showEdgeOf(a);
  ledger.confirm(view(20));
  ledger.add(view(700, a));
  ledger.add(view(1100, b));
  await pass();
  const [first] = ledger.owed();
  expect(first!.unproven.checkpoint.size).toBe(1100);
  showEdgeOf(b);
  ledger.confirm(view(30));
  await pass();
  expect(ledger.owed()).toMatchObject([
    { unproven: { checkpoint: { size: 700 } }, sinceMs: first!.sinceMs },
  ]);
  showEdgeOf(a);
  ledger.add(view(40));
  await pass();
  ledger.confirm(view(50));
  await pass();
  expect(ledger.owed()).toMatchObject([
    { unproven: { checkpoint: { size: 1100 } }, sinceMs: first!.sinceMs },
  ]);
});

it('tiles that hang keep nothing waiting that other tiles decide', async () => {
  const { log, ledger, view } = await setup(600);
  ledger.confirm(view(500));
  const lies = Array.from({ length: 40 }, (_, i) =>
    view(400 - i, new FakeTree().append(400, 'lie')),
  );
  for (const lie of lies) ledger.add(lie);
  ledger.add(view(600));
  const pass = stopMonotonicClock();
  let asked = 0;
  const source = new HttpTileSource(log.url);
  const tile = async (level: number, index: number, width: number) => {
    if (width !== 500 % 256) return await source.tile(level, index, width);
    asked++;
    pass(5000);
    throw new RemoteError('timeout', log.url, 'no answer');
  };
  await ledger.pass({ checkpoint: () => source.checkpoint(), entries: async () => [], tile });
  expect(asked).toBeLessThan(5);
  const owed = ledger.owed().map(({ unproven }) => unproven.text);
  expect(owed.sort()).toEqual(lies.map(({ text }) => text).sort());
});

it('of any number that the log does not show a pass tries some, and each has its turn', async () => {
  const { log, ledger, view } = await setup(600);
  ledger.confirm(view(600));
  const sizes = Array.from({ length: 100 }, (_, i) => 601 + i);
  const elsewhere = new FakeTree().append(700, 'elsewhere');
  for (const size of sizes) ledger.add(view(size, elsewhere));
  /** Sizes whose lowest tile at the right edge is asked for in one pass, which no other size has. */
  const tried = async () => {
    const asked = new Set<number>();
    const tile = async (level: number, index: number, width: number) => {
      if (level === 0) asked.add(index * 256 + width);
      throw new RemoteError('status', log.url, 'not now', { status: 503 });
    };
    await ledger.pass({ checkpoint: async () => '', entries: async () => [], tile });
    return asked;
  };
  expect([...(await tried())].sort()).toEqual(sizes);
  expect(ledger.owed()).toHaveLength(100);
  const inTurn = new Set<number>();
  for (let i = 0; i < 4; i++) {
    const asked = await tried();
    expect(asked.size).toBeLessThanOrEqual(32);
    for (const size of asked) inTurn.add(size);
  }
  expect([...inTurn].sort()).toEqual(sizes);
  expect(ledger.owed()).toHaveLength(100);
});

it('two trees of one size are evidence at once, without a tile and before either can be dropped', async () => {
  const { log, ledger, view, pass } = await setup(0);
  log.down = true;
  ledger.add(view(30, new FakeTree().append(30, 'a')));
  ledger.add(view(30, new FakeTree().append(30, 'b')));
  const [contradiction] = await pass();
  expect(contradiction!.evidence[0]!.kind).toBe('same-size-fork');
  expect(await pass()).toEqual([]);
});

describe('a flood of signed checkpoints', () => {
  const FLOOD = 800;
  const MAX_KEPT = 512;

  it('of a colluding witness does not push out what proves the fork to the healed log', async () => {
    const { log, ledger, view, pass, state, flood, x, honest } = await setup(100);
    ledger.confirm(view(100));
    const lie = view(90, new FakeTree().append(90, 'lie'), [honest]);
    const future = log.tree.fork().append(FLOOD);
    log.down = true;
    ledger.add(view(101, future, [x]));
    ledger.add(lie);
    flood(() => {
      for (let i = 102; i < FLOOD; i++) ledger.add(view(i, future, [x]));
    });
    await pass();
    const kept = state.statements(log.origin).map(({ text }) => text);
    expect(kept.length).toBeLessThanOrEqual(MAX_KEPT);
    expect(kept).toContain(lie.text);
    expect(kept).toContain(view(101, future).text);
    expect(kept).toContain(view(FLOOD - 1, future).text);
    log.down = false;
    const [contradiction] = await pass();
    expect(contradiction!.evidence[0]!.kind).toBe('different-size-fork');
  });

  it('does not push out that another tree of the confirmed size was shown, before it was compared', async () => {
    const { log, ledger, view, pass, state, flood, x } = await setup(600);
    ledger.confirm(view(600));
    log.down = true;
    const elsewhere = new FakeTree().append(FLOOD, 'elsewhere');
    const lie = view(600, elsewhere);
    flood(() => {
      for (let size = 200; size <= FLOOD; size++) {
        ledger.add(size === 600 ? lie : view(size, elsewhere, [x]));
      }
    });
    expect(state.statements(log.origin).map(({ text }) => text)).not.toContain(lie.text);
    const [contradiction] = await pass();
    expect(contradiction!.evidence[0]!.kind).toBe('same-size-fork');
  });

  it('takes in again what had to go, when it is shown again', async () => {
    const { log, ledger, view, state, flood, x } = await setup(100);
    const tree = new FakeTree().append(FLOOD, 'elsewhere');
    const early = view(50, tree, [x]);
    flood(() => {
      for (let i = 1; i < FLOOD; i++) if (i !== 50) ledger.add(view(i, tree, [x]));
    });
    ledger.add(early);
    ledger.add(view(FLOOD, tree, [x]));
    expect(ledger.knows(early)).toBe(false);
    ledger.add(early);
    expect(ledger.knows(early)).toBe(true);
    expect(state.statements(log.origin).length).toBeLessThanOrEqual(MAX_KEPT);
  });

  it('keeps those that are shown to be of the tree for a shorter time than those that are not', async () => {
    const { log, ledger, view, pass, state, flood, x } = await setup(600);
    ledger.confirm(view(10));
    const doubtful = view(20, new FakeTree().append(20, 'lie'), [x]);
    log.overrides.set('tile/0/000.p/20', 503);
    flood(() => {
      for (let size = 21; size < 200; size++) ledger.add(view(size, log.tree, [x]));
    });
    ledger.add(doubtful);
    await pass();
    const elsewhere = new FakeTree().append(FLOOD, 'elsewhere');
    flood(() => {
      for (let i = 201; i < 600; i++) ledger.add(view(i, elsewhere, [x]));
    });
    const kept = state.statements(log.origin).map(({ text }) => text);
    expect(kept).toContain(doubtful.text);
    expect(kept).not.toContain(view(190).text);
  });
});
