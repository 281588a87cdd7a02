/** Following a log: every entry, over several bundles, in constant memory, safe on kill -9. */

import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, expect, it } from 'vitest';
import { judgeHere } from '#client/entry-judge.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { monitorConfigSchema } from '#monitor/config.ts';
import { openView } from '#monitor/statements/view.ts';
import { MonitorState, NONE, NONE_NOTED } from '#monitor/store/state.ts';
import { Follower } from '#monitor/watch/follow.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { parseConfig } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { FakeLog, fakePolicy, publish } from '#test/support/fake-log.ts';
import { freshReceipt } from '#test/support/log.ts';
import { startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';
import { tempFolder } from '#test/support/temp.ts';
import { eventually } from '#test/support/wait.ts';

const closing: { close(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0).reverse()) await item.close();
});

it('takes up after a restart where it was, and reads nothing twice', async () => {
  const net = await startFakeNetwork(600);
  closing.push(net);
  const first = await TestMonitor.start({ policy: net.policy });
  await first.verified(600);
  await first.close();
  net.log.requests.length = 0;
  net.log.tree.append(300);
  publish(net.log, net.witnesses);
  const second = await TestMonitor.start({ policy: net.policy, folder: first.folder });
  closing.push(second);
  await second.verified(900);
  const bundles = net.log.requests.filter((path) => path.startsWith('tile/entries/'));
  expect([...new Set(bundles)].sort()).toEqual(['tile/entries/002', 'tile/entries/003.p/132']);
});

it('finds every invalid entry, and raises one alert with their number and the first of them', async () => {
  const net = await startFakeNetwork(0);
  closing.push(net);
  const valid = freshReceipt();
  const forged = encodeUtf8(new TextDecoder().decode(freshReceipt()).replace('git:0', 'git:1'));
  const entries = [
    ...Array.from({ length: 300 }, (_, i) => encodeUtf8(`not a receipt ${i}`)),
    valid,
    forged,
    ...Array.from({ length: 50 }, () => freshReceipt()),
  ];
  net.log.tree.append(entries);
  publish(net.log, net.witnesses);
  const settings = { entry_types: ['tecp-receipt'] };
  const first = await TestMonitor.start({ policy: net.policy, settings });
  await first.verified(352);
  const alert = await first.raised('unknown-entry');
  expect(alert.detail).toContain('300 entries: entry 0: E-SCHEMA-002');
  expect(alert.detail).not.toContain('entry 11:');
  const invalid = await first.raised('invalid-entry');
  expect(invalid.detail).toContain('1 invalid entry: entry 301: E-SIG-002');
  await first.close();
  net.log.tree.append([encodeUtf8('one more'), freshReceipt()]);
  publish(net.log, net.witnesses);
  const second = await TestMonitor.start({ policy: net.policy, folder: first.folder, settings });
  closing.push(second);
  await eventually(async () => {
    const open = await second.alerts();
    expect(open.map(({ id }) => id).toSorted()).toEqual([alert.id, invalid.id].toSorted());
    expect(open.find(({ id }) => id === alert.id)!.detail).toContain('301 entries');
  });
  expect((await second.json('/v1/status')).logs[0].invalid_entries).toBe(302);
});

/** A receipt log whose first entry is none, and which keeps a walk from reaching its end. */
async function invalidEntry() {
  const net = await startFakeNetwork(0);
  closing.push(net);
  const receipts = Array.from({ length: 299 }, () => freshReceipt());
  net.log.tree.append([encodeUtf8('not a receipt'), ...receipts]);
  net.log.overrides.set('tile/entries/001.p/44', 'hang');
  publish(net.log, net.witnesses);
  return net;
}

const RECEIPTS = { entry_types: ['tecp-receipt'] };

it('tells of an invalid entry while a slow log still keeps the walk from its end', async () => {
  const net = await invalidEntry();
  const watcher = await TestMonitor.start({ policy: net.policy, settings: RECEIPTS });
  closing.push(watcher);
  const { detail } = await watcher.raised('unknown-entry');
  expect(detail).toContain('1 entry: entry 0:');
  const { logs, ok } = await watcher.json('/v1/status');
  expect(logs[0]).toMatchObject({ verified_size: 0, invalid_entries: 1 });
  expect(ok).toBe(false);
});

it('suspects an invalid entry, and accuses only when tiles show it to be in the signed tree', async () => {
  const net = await invalidEntry();
  net.log.overrides.set('tile/0/001.p/44', 503);
  const settings = { ...RECEIPTS, timeout_ms: 2000 };
  const watcher = await TestMonitor.start({ policy: net.policy, settings });
  closing.push(watcher);
  const suspicion = await watcher.raised('entry-suspected');
  expect((await watcher.alerts('all')).map(({ kind }) => kind)).not.toContain('unknown-entry');
  net.log.overrides.delete('tile/0/001.p/44');
  await watcher.raised('unknown-entry');
  await watcher.resolved(suspicion);
});

async function followed(log: FakeLog, folder: string) {
  const policy = parsePolicy(fakePolicy([log], []));
  const state = MonitorState.open(join(folder, 'monitor.db'));
  closing.push(state);
  const follower = new Follower({
    origin: log.origin,
    url: log.url,
    source: (signal) => new HttpTileSource(log.url, { signal, timeoutMs: 10_000 }),
    policy,
    entryTypes: entryTypes(['opaque']),
    entries: 'check',
    judge: judgeHere(entryTypes(['opaque'])),
    state,
    save: (write) => state.db.transaction(write).immediate(),
    onProblems: () => undefined,
    now: Date.now,
  });
  await follower.load();
  return { state, follower, view: () => openView(log.sign(), log.origin, policy) };
}

type Walker = Awaited<ReturnType<typeof followed>>;

const signal = new AbortController().signal;

it('goes on from a provisional tree, and forgets it if the end does not fit', async () => {
  const log = await new FakeLog().start();
  closing.push(log);
  log.tree.append(700);
  const folder = tempFolder();
  const first = await followed(log, folder);
  // As a walk leaves it that was killed half-way.
  const { tree } = checkedTo(log, 512);
  first.state.saveProvisional(log.origin, {
    tree,
    invalid: { count: 2, examples: ['a', 'b'] },
    noted: NONE_NOTED,
  });
  first.state.close();
  closing.pop();
  const second = await followed(log, folder);
  expect(second.follower.walkedSize).toBe(512);
  log.overrides.set(
    'tile/entries/002.p/188',
    log.tree.fork().append(0).file('tile/entries/000.p/188'),
  );
  expect((await second.follower.walk(second.view(), signal))!.problems[0]!.kind).toBe('tile');
  expect(second.follower.walkedSize).toBe(0);
  expect(await second.state.provisional(log.origin)).toBeUndefined();
  expect(await second.follower.walk(second.view(), signal)).toBeUndefined();
});

it('keeps a provisional tree when the log is only away', async () => {
  const log = await new FakeLog().start();
  closing.push(log);
  log.tree.append(700);
  const { follower, state, view } = await followed(log, tempFolder());
  const { tree } = checkedTo(log, 512);
  state.saveProvisional(log.origin, { tree, invalid: NONE, noted: NONE_NOTED });
  await follower.load();
  log.down = true;
  expect((await follower.walk(view(), signal))!.problems[0]!.kind).toBe('unavailable');
  expect(follower.walkedSize).toBe(512);
  log.down = false;
  await eventually(async () => {
    await follower.walk(view(), signal);
    expect(follower.confirmedSize).toBe(700);
  });
  expect(log.requests).not.toContain('tile/entries/000');
});

/**
 * Walks with a clock that runs ahead with each request, and ends as if killed once `enough` is saved;
 * the largest size saved on the way.
 */
async function savedOnTheWay(
  log: FakeLog,
  { follower, state, view }: Walker,
  enough = Number.POSITIVE_INFINITY,
): Promise<number> {
  const killed = new AbortController();
  const { answer } = log;
  const clock = performance.now.bind(performance);
  let [savedSize, aheadMs] = [0, 0];
  performance.now = () => clock() + aheadMs;
  log.answer = (path) => {
    aheadMs += 1500;
    const row = state.db.prepare("SELECT size FROM trees WHERE slot = 'provisional'").get();
    savedSize = Math.max(savedSize, (row as { size: number } | undefined)?.size ?? 0);
    if (savedSize >= enough) killed.abort();
    return answer(path);
  };
  try {
    await follower.walk(view(), killed.signal);
  } catch (error) {
    if (!killed.signal.aborted) throw error;
  } finally {
    log.answer = answer;
    performance.now = clock;
  }
  return savedSize;
}

it('saves its way on a long walk', async () => {
  const log = await new FakeLog().start();
  closing.push(log);
  log.tree.append(3000);
  const walker = await followed(log, tempFolder());
  expect(await savedOnTheWay(log, walker)).toBeGreaterThan(256);
  expect(walker.follower.confirmedSize).toBe(3000);
  expect(await walker.state.provisional(log.origin)).toBeUndefined();
});

it('goes on after an end in the middle of a walk from what it last saved, not from zero', async () => {
  const log = await new FakeLog().start();
  closing.push(log);
  log.tree.append(3000);
  const folder = tempFolder();
  const first = await followed(log, folder);
  const saved = await savedOnTheWay(log, first, 512);
  first.state.close();
  closing.pop();
  const second = await followed(log, folder);
  expect(second.follower.confirmedSize).toBe(0);
  expect(second.follower.walkedSize).toBe(saved);
  expect(saved).toBeGreaterThanOrEqual(512);
  log.requests.length = 0;
  await second.follower.walk(second.view(), signal);
  expect(second.follower.confirmedSize).toBe(3000);
  const bundles = log.requests.filter((path) => path.startsWith('tile/entries/'));
  expect(bundles.sort()[0]).toBe(`tile/entries/00${saved / 256}`);
});

it('judges no entry where only the tree is asked for, and says so for good', async () => {
  const net = await startFakeNetwork(0);
  closing.push(net);
  net.log.tree.append([encodeUtf8('not a receipt'), freshReceipt()]);
  publish(net.log, net.witnesses);
  const first = await TestMonitor.start({
    policy: net.policy,
    settings: { ...RECEIPTS, entries: 'tree-only' },
  });
  await first.verified(2);
  const facts = { verified_size: 2, invalid_entries: 0, unjudged_entries: 2 };
  expect((await first.json('/v1/status')).logs[0]).toMatchObject(facts);
  expect(await first.alerts()).toEqual([]);
  await first.close();
  net.log.tree.append([encodeUtf8('another')]);
  publish(net.log, net.witnesses);
  const { folder } = first;
  const second = await TestMonitor.start({ policy: net.policy, folder, settings: RECEIPTS });
  closing.push(second);
  await second.raised('unknown-entry');
  await second.verified(3);
  expect((await second.json('/v1/status')).logs[0].unjudged_entries).toBe(2);
});

it('takes no profile for receipts where no receipt is judged', () => {
  const parse = (text: string) => parseConfig(text, '/monitor.yaml', monitorConfigSchema);
  const both = '{database: a, policy: b, entries: tree-only, receipts: {profile: tecp-strict}}';
  expect(() => parse(both)).toThrow(ConfigError);
  expect(parse(both.replace('tree-only', 'check')).entries).toBe('check');
});

it('saves nothing beyond a tile that does not match, so that it is looked at again', async () => {
  const log = await new FakeLog().start();
  closing.push(log);
  log.tree.append(3000);
  log.overrides.set('tile/0/000', log.tree.file('tile/0/001'));
  const walker = await followed(log, tempFolder());
  expect(await savedOnTheWay(log, walker)).toBe(0);
  expect(walker.follower.confirmedSize).toBe(0);
});

it('never lets a confirmed tree shrink, whatever the program does', async () => {
  const log = await new FakeLog().start();
  closing.push(log);
  log.tree.append(20);
  const folder = tempFolder();
  const { follower, view } = await followed(log, folder);
  await follower.walk(view(), signal);
  const db = new Database(join(folder, 'monitor.db'));
  expect(() => db.exec("UPDATE trees SET size = 3 WHERE slot = 'confirmed'")).toThrow(/shrinks/);
  db.close();
});

/** The tree of the first `size` entries. */
function checkedTo(log: FakeLog, size: number) {
  const tree = TileBuilder.empty();
  for (const entry of log.tree.entries.slice(0, size)) tree.append(leafHash(entry));
  return { tree };
}
