/** The worked example and the tables of docs/spec/receipt.md are what the code does. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { verifyEd25519 } from '#crypto';
import { decodeUtf8, encodeUtf8, fromHex, toHex } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { RECEIPT_ERRORS, RECEIPT_WARNINGS } from '#protocol/receipt/codes.ts';
import { parseReceipt } from '#protocol/receipt/receipt.ts';
import { RECEIPT_MEMBERS } from '#protocol/receipt/types.ts';
import { verifyReceipt } from '#protocol/receipt/verify.ts';
import { WORKED_EXAMPLE_NOW_MS, workedExample } from '#test/support/worked-example.ts';

const document = readFileSync(new URL('../../../../docs/spec/receipt.md', import.meta.url), 'utf8');

/** Without its last newline. */
const block = (name: string) => workedExample(name).slice(0, -1);

const receiptBytes = encodeUtf8(block('receipt'));
const now = WORKED_EXAMPLE_NOW_MS;

describe('the worked example of the specification', () => {
  it('shows the bytes that are signed and logged', () => {
    const parsed = parseReceipt(receiptBytes);
    expect(decodeUtf8(parsed.signedBytes)).toBe(block('signed'));
    expect(decodeUtf8(parsed.entryBytes)).toBe(block('entry'));
    expect(parsed.receipt.log_inclusion?.proof).toBe(`${block('proof')}\n`);
    expect(toHex(leafHash(encodeUtf8(block('entry'))))).toBe(block('leaf-hash'));
  });

  it('shows a key and a signature that verify', () => {
    const [key, signature] = block('signature')
      .split('\n')
      .map((line) => fromHex(line));
    expect(verifyEd25519(key!, encodeUtf8(block('signed')), signature!)).toBe(true);
  });

  it('shows the verdict that verification gives', () => {
    const policy = parsePolicy(`${block('policy')}\n`);
    const verdict = verifyReceipt(receiptBytes, { profile: 'tecp-strict', nowMs: now, policy });
    expect(verdict).toStrictEqual(JSON.parse(block('verdict')));
    expect(verdict.valid).toBe(true);
  });
});

describe('the tables of the specification', () => {
  it('list the members in the order in which they are checked', () => {
    const rows = [...document.matchAll(/^\| (\d+) \| `([a-z_]+)` \|/gm)];
    expect(rows.map(([, , member]) => member)).toEqual(RECEIPT_MEMBERS);
  });

  it('list every code with its meaning', () => {
    const rows = [...document.matchAll(/^\| ([EW]-[A-Z]+-\d{3}) \| (.*) \|$/gm)];
    expect(Object.fromEntries(rows.map(([, code, meaning]) => [code, meaning]))).toEqual({
      ...RECEIPT_ERRORS,
      ...RECEIPT_WARNINGS,
    });
  });
});
