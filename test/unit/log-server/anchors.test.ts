/** Which checkpoints are kept for ever, and that a proof which was valid stays the one answer. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Anchoring } from '#log-server/publishing/anchors.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { parseTlogProof } from '#protocol/proof/tlog-proof.ts';
import { withProof } from '#protocol/receipt/create.ts';
import { verifyReceipt } from '#protocol/receipt/verify.ts';
import { expectLogSound } from '#test/support/check.ts';
import { FakeWitness, policyOf } from '#test/support/fake-witness.ts';
import { post, problemOf, submittedOf } from '#test/support/http.ts';
import { freshReceipt, silent, startTestLog, type TestLog } from '#test/support/log.ts';
import { until } from '#test/support/wait.ts';

const MINUTE = 60_000;

describe('the checkpoints that are kept', () => {
  let nowMs: number;
  let anchoring: Anchoring;
  let standing: { size: number; note: string } | undefined;
  beforeEach(() => {
    nowMs = 1000 * MINUTE;
    standing = undefined;
    anchoring = new Anchoring({ intervalMs: MINUTE, now: () => nowMs, newestSize: 0 });
  });

  /** Publishes a checkpoint at a time, in seconds; the sizes that are kept with it. */
  function publish(seconds: number, size: number): number[] {
    nowMs = 1000 * MINUTE + seconds * 1000;
    const next = { size, note: `${size} at ${seconds}` };
    const chosen = anchoring.choose(standing, next);
    anchoring.kept(chosen, next);
    standing = next;
    return chosen.map((anchor) => anchor.size);
  }

  it('are the first of each minute that grew the tree', () => {
    expect(publish(0, 0)).toEqual([]);
    expect(publish(1, 3)).toEqual([3]);
    for (let s = 2; s < 60; s++) expect(publish(s, s + 10)).toEqual([]);
    expect(publish(60, 100)).toEqual([100]);
    expect(publish(125, 100)).toEqual([]);
    expect(publish(126, 101)).toEqual([101]);
  });

  it('cover every entry by one that is at most a minute younger than the first that did', () => {
    publish(0, 5);
    publish(10, 6);
    // A pause: what was published stays, as it was, before anything newer takes its place.
    expect(publish(300, 6)).toEqual([6]);
    publish(301, 8);
    publish(330, 9);
    publish(355, 10);
    expect(publish(391, 11)).toEqual([10, 11]);
    expect(publish(400, 12)).toEqual([]);
    expect(publish(1000, 13)).toEqual([12, 13]);
  });

  it('are not fewer when the clock jumps back', () => {
    expect(publish(600, 5)).toEqual([5]);
    expect(publish(601, 6)).toEqual([]);
    expect(publish(0, 7)).toEqual([6, 7]);
    expect(publish(1, 8)).toEqual([]);
    expect(publish(60, 9)).toEqual([9]);
  });

  it('include what was published before a start', () => {
    standing = { size: 4, note: 'from before' };
    expect(publish(0, 4)).toEqual([4]);
    standing = { size: 4, note: 'from before' };
    anchoring = new Anchoring({ intervalMs: MINUTE, now: () => nowMs, newestSize: 4 });
    expect(publish(1, 5)).toEqual([5]);
  });
});

describe('a proof', () => {
  let witness: FakeWitness;
  let server: TestLog;
  let aheadMs: number;
  beforeEach(async () => {
    aheadMs = 0;
    witness = await FakeWitness.start('w1', 61);
    const now = () => Date.now() + aheadMs;
    server = await startTestLog({
      policy: policyOf([witness], 1),
      // Between two that are kept there is more time than a test takes.
      log: { checkpoint: { interval_ms: 20, refresh_ms: 200, anchor_interval_ms: 10 * MINUTE } },
      dependencies: { logger: silent, now },
    });
  });
  afterEach(async () => {
    await expectLogSound(server.logs[0]!);
    expect(server.fatal).toEqual([]);
    await server.close();
    await witness.close();
  });

  const api = () => `${server.url}/v1/log`;
  const log = () => server.logs[0]!;
  const submit = async (receipt: Uint8Array) =>
    await submittedOf(await post(`${api()}/entries?wait=proof`, receipt));
  const sizeOf = (proof: string) =>
    parseCheckpoint(parseNote(parseTlogProof(proof).checkpoint).text).size;

  function moveClocks(ms: number): void {
    aheadMs += ms;
    witness.aheadMs += ms;
  }

  function isValid(receipt: Uint8Array, proof: string): boolean {
    const receiptWithProof = withProof(JSON.parse(decodeUtf8(receipt)), proof);
    return verifyReceipt(receiptWithProof, { nowMs: Date.now() + aheadMs, policy: log().policy })
      .valid;
  }

  it('of a receipt of nearly a day stays valid however late it is asked for', async () => {
    const receipts: Uint8Array[] = [];
    // Several at a time: the first is under an anchor, the others are not yet.
    for (let i = 0; i < 4; i++) {
      const receipt = freshReceipt({ ts: Date.now() - (24 * 60 - 2) * MINUTE });
      expect(isValid(receipt, (await submit(receipt)).proof!)).toBe(true);
      receipts.push(receipt);
    }
    moveClocks(30 * MINUTE);
    // The same size is cosigned anew, half an hour later.
    const { note } = log().published!;
    await until(() => log().published!.note !== note);
    for (const [index, receipt] of receipts.entries()) {
      const response = await fetch(`${api()}/proof?index=${index}`);
      expect(response.headers.get('cache-control')).toContain('immutable');
      const proof = await response.text();
      expect(isValid(receipt, proof)).toBe(true);
      expect((await submit(receipt)).proof).toBe(proof);
    }
    const late = await submit(freshReceipt({ ts: Date.now() + aheadMs }));
    for (const index of [0, 3]) {
      const proof = await (await fetch(`${api()}/proof?index=${index}`)).text();
      expect(isValid(receipts[index]!, proof)).toBe(true);
      expect(sizeOf(proof)).toBeLessThan(sizeOf(late.proof!));
    }
  });

  it('is given under the size that is asked for, if that is kept or published', async () => {
    await submit(freshReceipt());
    await submit(freshReceipt());
    const third = await submit(freshReceipt());
    const of = async (query: string) => await fetch(`${api()}/proof?index=0${query}`);
    expect(sizeOf(await (await of('')).text())).toBe(1);
    expect(sizeOf(await (await of('&size=1')).text())).toBe(1);
    const newest = await of('&size=3');
    expect(newest.headers.get('cache-control')).toBe('no-store');
    expect(sizeOf(await newest.text())).toBe(3);
    expect(sizeOf(third.proof!)).toBe(3);
    expect(await problemOf(await of('&size=2'))).toMatchObject({ status: 404, code: 'not-found' });
    expect(await problemOf(await of('&size=0'))).toMatchObject({ status: 400, field: 'size' });
    const json = await fetch(`${api()}/proof?index=0`, { headers: { accept: 'application/json' } });
    expect(await json.json()).toMatchObject({ tree_size: 1 });
  });

  it('stays the same over a start', async () => {
    const { proof } = await submit(freshReceipt());
    await submit(freshReceipt());
    await server.close();
    const { folder, key } = server;
    server = await startTestLog({ folder, key, policy: policyOf([witness], 1) });
    await submit(freshReceipt());
    expect(await (await fetch(`${api()}/proof?index=0`)).text()).toBe(proof);
  });
});
