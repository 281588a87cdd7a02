/** The summary of an entry has what its bytes say, and a difference is named. */
import { expect, it } from 'vitest';
import { describeEntry } from '#explorer/search/described-entry.ts';
import { differenceOf, summaryOf } from '#explorer/search/summary.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { ENTRY_TYPES } from '#protocol/entry/registry.ts';
import { parseReceipt } from '#protocol/receipt/receipt.ts';
import { freshReceipt } from '#test/support/log.ts';

const summary = (bytes: Uint8Array) => summaryOf(describeEntry(bytes, ENTRY_TYPES).description);

it('a summary of a receipt has all that it is found by', () => {
  const bytes = freshReceipt();
  const { receipt } = parseReceipt(bytes);
  expect(summary(bytes)).toEqual({
    title: receipt.code_ref,
    time_ms: receipt.ts,
    issuer: receipt.pubkey,
    code_ref: receipt.code_ref,
    policies: receipt.policy_ids,
    input_hash: receipt.input_hash,
    output_hash: receipt.output_hash,
    nonce: receipt.nonce,
  });
});

it('a summary of other bytes has no members that they do not have', () => {
  expect(summary(encodeUtf8('anything'))).toEqual({ title: '8 bytes' });
});

it('the member that differs is named, also where one of the two lacks it', () => {
  const said = { title: 'a', time_ms: 1 };
  expect(differenceOf(said, { time_ms: 1, title: 'a' })).toBeUndefined();
  expect(differenceOf(said, { title: 'b', time_ms: 1 })).toEqual({
    expected: 'title "a"',
    got: '"b"',
  });
  expect(differenceOf(said, { title: 'a' })).toEqual({ expected: 'time_ms 1', got: 'nothing' });
  expect(differenceOf({ title: 'a' }, said)).toEqual({ expected: 'time_ms nothing', got: '1' });
});
