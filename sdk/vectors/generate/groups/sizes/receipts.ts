/** Sizes of JSON texts and receipts, docs/spec/receipt.md section 5. */
import { encodeBase64, fill, utf8 } from '../../bytes.ts';
import { type Case, type JsonMembers, request } from '../../case.ts';
import { canonicalBytes, type LooseMembers } from '../../json.ts';
import { badForm, judged, receipt, verifyBytes } from '../../receipts.ts';
import { JSON_LIMIT, MALFORMED } from './ask.ts';

const JSON_SIZE = 'verifier.md, section 2: a text is at most 1,048,576 bytes.';

const text = (size: number) => utf8(`"${'x'.repeat(size - 2)}"`);

const canonical = (name: string, why: string, json: Uint8Array, answer: JsonMembers): Case => ({
  name: `canonical: ${name}`,
  why,
  request: request('canonical', { json }),
  answer,
});

const DEPTH =
  'receipt.md, section 3, rule 4: at most 16 deep; a parser must not run out of its stack.';

export const jsonCases: Case[] = [
  canonical('1,048,576 bytes', JSON_SIZE, text(JSON_LIMIT), {
    canonical: encodeBase64(text(JSON_LIMIT)),
  }),
  canonical('1,048,577 bytes', JSON_SIZE, text(JSON_LIMIT + 1), MALFORMED),
  canonical(
    '1,048,576 bytes of white space and a digit',
    JSON_SIZE,
    utf8(`${' '.repeat(JSON_LIMIT - 1)}1`),
    { canonical: encodeBase64(utf8('1')) },
  ),
  canonical(
    '1,048,577 bytes of white space and a digit',
    JSON_SIZE,
    utf8(`${' '.repeat(JSON_LIMIT)}1`),
    MALFORMED,
  ),
  canonical('200,000 items', JSON_SIZE, utf8(`[${'0,'.repeat(199_999)}0]`), {
    canonical: encodeBase64(utf8(`[${'0,'.repeat(199_999)}0]`)),
  }),
  canonical('500,000 brackets', DEPTH, utf8('['.repeat(500_000) + ']'.repeat(500_000)), MALFORMED),
  canonical(
    '1,000,000 brackets that are never closed',
    DEPTH,
    utf8('['.repeat(1_000_000)),
    MALFORMED,
  ),
  canonical('170,000 objects in one another', DEPTH, utf8('{"":'.repeat(170_000)), MALFORMED),
  canonical(
    'a number of 1,000,000 digits',
    'receipt.md, section 3, rule 2: integers are within 2^53-1 in size.',
    utf8('9'.repeat(1_000_000)),
    MALFORMED,
  ),
  canonical(
    'a string that is never closed',
    'RFC 8259: what is no JSON is malformed.',
    utf8(`"${'\\"'.repeat(500_000)}`),
    MALFORMED,
  ),
];

const RECEIPT_SIZE = 'receipt.md, section 5: receipt bytes are at most 1,048,576.';

const withProofOf = (size: number): LooseMembers => {
  const missing = size - canonicalBytes(receipt({ log_inclusion: { proof: '' } })).length;
  return receipt({ log_inclusion: { proof: 'p'.repeat(missing) } });
};

const bad = (name: string, why: string, input: Uint8Array, error: string): Case => ({
  name: `verify: ${name}`,
  why,
  request: verifyBytes(input),
  answer: badForm(error),
});

const FIRST = `${RECEIPT_SIZE} Section 7.3: the size comes before everything else.`;

export const receiptCases: Case[] = [
  judged('verify: 1,048,576 bytes', RECEIPT_SIZE, withProofOf(JSON_LIMIT), {
    warnings: ['W-LOG-001 log_inclusion.proof'],
  }),
  bad('1,048,577 bytes', RECEIPT_SIZE, canonicalBytes(withProofOf(JSON_LIMIT + 1)), 'E-SIZE-001'),
  bad('1,048,577 bytes that are no JSON', FIRST, utf8('{'.repeat(JSON_LIMIT + 1)), 'E-SIZE-001'),
  bad('1,048,576 bytes that are no JSON', FIRST, utf8('{'.repeat(JSON_LIMIT)), 'E-SCHEMA-003'),
  bad('1,048,577 bytes that are no UTF-8', FIRST, fill(JSON_LIMIT + 1, 255), 'E-SIZE-001'),
  bad('1,048,577 bytes of a string', FIRST, text(JSON_LIMIT + 1), 'E-SIZE-001'),
  bad(
    '1,048,576 bytes of a string',
    'receipt.md, section 7.3: canonical JSON that is not an object is E-SCHEMA-002.',
    text(JSON_LIMIT),
    'E-SCHEMA-002',
  ),
  bad(
    '1,048,576 bytes and a newline',
    FIRST,
    utf8(`${new TextDecoder().decode(canonicalBytes(withProofOf(JSON_LIMIT)))}\n`),
    'E-SIZE-001',
  ),
];
