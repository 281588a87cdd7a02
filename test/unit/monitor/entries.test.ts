/** What the monitor makes of entries that are valid for their log, and of the evidence of invalid ones. */
import { afterEach, describe, expect, it } from 'vitest';
import { encodeBase64Url } from '#protocol/base64.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { parseEvidence, proveInvalidEntry, verifyEvidence } from '#protocol/evidence/evidence.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { FakeTree, publish } from '#test/support/fake-log.ts';
import { freshReceipt } from '#test/support/log.ts';
import { PATIENT, pause, startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0).reverse()) await item.close();
});

async function setup(entries: readonly Uint8Array[], settings: object = {}, folder?: string) {
  const net = await startFakeNetwork(0);
  closing.push(net);
  net.log.tree.append(entries);
  publish(net.log, net.witnesses);
  const start = async (at?: string) => {
    const options = {
      policy: net.policy,
      settings: { ...PATIENT, entry_types: ['tecp-receipt'], ...settings },
    };
    const watcher = await TestMonitor.start(
      at === undefined ? options : { ...options, folder: at },
    );
    closing.push(watcher);
    return watcher;
  };
  const watcher = await start(folder);
  const grow = async (more: readonly Uint8Array[], by = watcher) => {
    net.log.tree.append(more);
    publish(net.log, net.witnesses);
    await by.verified(net.log.tree.size);
  };
  await watcher.verified(entries.length);
  return { net, watcher, grow, start };
}

/** Receipts of one issuer with numbers; `last` is the one before the first. */
function chained(numbers: readonly number[]): Map<number, Uint8Array> {
  const made = new Map<number, Uint8Array>();
  let prev: string | undefined;
  for (let seq = 0; seq <= Math.max(...numbers); seq++) {
    const receipt = freshReceipt({ chain: prev === undefined ? { seq } : { seq, prev } });
    made.set(seq, receipt);
    prev = encodeBase64Url(leafHash(receipt));
  }
  return made;
}

const kindsOf = async (watcher: TestMonitor) =>
  (await watcher.alerts('all')).map(({ kind }) => kind);

describe('the chain of an issuer', () => {
  it('raises nothing when it is whole, in whatever order', async () => {
    const receipts = chained([9]);
    const order = [0, 2, 1, 3, 6, 4, 5, 9, 8, 7].map((seq) => receipts.get(seq)!);
    const { watcher } = await setup(order, { chain_gap_after_ms: 0 });
    await pause(300);
    expect(await kindsOf(watcher)).toEqual([]);
  });

  it('with a gap that lasts is told of, over a restart, until it is filled', async () => {
    const receipts = chained([4]);
    const some = [0, 1, 4].map((seq) => receipts.get(seq)!);
    const { net, watcher, grow, start } = await setup(some, { chain_gap_after_ms: 50 });
    const alert = await watcher.raised('issuer-gap');
    expect(alert.detail).toContain('numbers 2 to 3 are missing');
    await watcher.close();
    closing.splice(closing.indexOf(watcher), 1);
    const second = await start(watcher.folder);
    await second.verified(net.log.tree.size);
    expect((await second.raised('issuer-gap')).id).toBe(alert.id);
    await grow([receipts.get(3)!, receipts.get(2)!], second);
    await second.resolved(alert);
    expect(await kindsOf(second)).toEqual(['issuer-gap']);
  });

  it('that forks is told of, with both entries, also when a restart was between', async () => {
    const receipts = chained([2]);
    const { watcher, grow, start } = await setup([...receipts.values()]);
    await watcher.close();
    closing.splice(closing.indexOf(watcher), 1);
    const second = await start(watcher.folder);
    const prev = encodeBase64Url(leafHash(receipts.get(0)!));
    await grow([freshReceipt({ chain: { seq: 1, prev } })], second);
    const alert = await second.raised('issuer-fork');
    expect(alert.severity).toBe('warning');
    expect(alert.detail).toContain('number 1 is that of entry 1 and of entry 3');
  });

  it('is not judged by receipts that the issuer has not signed', async () => {
    const receipts = chained([2]);
    const text = new TextDecoder().decode(receipts.get(1)!);
    const forged = encodeUtf8(text.replace('git:0', 'git:1'));
    const { watcher } = await setup([...receipts.values(), forged]);
    await watcher.raised('invalid-entry');
    expect(await kindsOf(watcher)).toEqual(['invalid-entry']);
  });
});

describe('receipts that a profile refuses', () => {
  const unknown = () => freshReceipt({ policy_ids: ['no_retention', 'x_unknown'] });

  it('are told of where the monitor is configured so, and nowhere else', async () => {
    const { watcher } = await setup([unknown()], { receipts: { profile: 'tecp-strict' } });
    const alert = await watcher.raised('receipt-violation');
    expect(alert.severity).toBe('warning');
    expect(alert.detail).toContain('1 receipt: entry 0: E-POLICY-001 policy_ids');
    const { watcher: lenient } = await setup([unknown()]);
    await pause(200);
    expect(await kindsOf(lenient)).toEqual([]);
  });

  it('are judged by age only where it is certain that they were too old when logged', async () => {
    const settings = { receipts: { profile: 'tecp-v0.1' } };
    const old = () => freshReceipt({ ts: Date.now() - 25 * 3_600_000 });
    // Nobody knows when those were logged that were there before the monitor.
    const { watcher, grow } = await setup([old()], settings);
    await pause(200);
    expect(await kindsOf(watcher)).toEqual([]);
    await grow([freshReceipt(), old(), freshReceipt({ ts: Date.now() + 3_600_000 })]);
    const { detail } = await watcher.raised('receipt-violation');
    expect(detail).toBe('2 receipts: entry 2: E-TS-003 ts; entry 3: E-TS-002 ts');
  });
});

describe('an invalid entry in the signed tree', () => {
  const forged = () =>
    encodeUtf8(new TextDecoder().decode(freshReceipt()).replace('git:0', 'git:1'));

  it.each([
    ['invalid-entry', forged],
    ['unknown-entry', () => encodeUtf8('not a receipt')],
  ])('is an alert %s with evidence that anybody can verify', async (kind, entry) => {
    const { net, watcher } = await setup([freshReceipt(), entry(), freshReceipt()]);
    const alert = await watcher.raised(kind);
    expect(alert.evidence).toHaveLength(1);
    const bytes = await (await watcher.get(`/evidence/${alert.evidence[0]}`)).arrayBuffer();
    const verdict = verifyEvidence(parseEvidence(new Uint8Array(bytes)));
    expect(verdict).toMatchObject({ proven: true, accused: net.log.key.verifier.text });
  });

  it('by rules that the log does not keep is no evidence against it, whoever lists it', async () => {
    const net = await startFakeNetwork(0);
    closing.push(net);
    const tree = new FakeTree().append([encodeUtf8('anything')]);
    net.log.tree = tree;
    publish(net.log, net.witnesses);
    const [listed] = proveInvalidEntry(
      net.log.sign(),
      0,
      tree.entries[0]!,
      [],
      [net.log.key.verifier],
    );
    expect(verifyEvidence(listed!).proven).toBe(true);
    net.w1.evidence.push(listed!);
    const watcher = await TestMonitor.start({ policy: net.policy, settings: PATIENT });
    closing.push(watcher);
    await watcher.verified(1);
    await watcher.everybodySeen(1);
    await pause(300);
    expect(net.w1.requests).toContain('evidence');
    expect(await kindsOf(watcher)).toEqual([]);
    expect(await watcher.json('/evidence')).toEqual([]);
  });
});
