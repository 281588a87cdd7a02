/** The files in docs/examples are the examples of the specifications, byte for byte, and verify. */
import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { parseEvidence, verifyEvidence } from '#protocol/evidence/evidence.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { verifyReceipt } from '#protocol/receipt/verify.ts';
import { readDocument } from './markdown.ts';

/** The first block of a document that is fenced with these words. */
function block(path: string, info: string): string {
  const text = readDocument(path);
  const start = text.indexOf(`\`\`\`${info}\n`) + info.length + 4;
  return text.slice(start, text.indexOf('\n```', start));
}

const RECEIPT_PAGE = 'docs/spec/receipt.md';

describe('the examples', () => {
  it('are those of the specifications', () => {
    expect(readDocument('docs/examples/receipt.json')).toBe(block(RECEIPT_PAGE, 'json receipt'));
    expect(readDocument('docs/examples/policy.txt')).toBe(
      `${block(RECEIPT_PAGE, 'text policy')}\n`,
    );
    const evidence = readDocument('docs/examples/fork.tecp-evidence.json');
    expect(evidence).toBe(block('docs/spec/evidence.md', 'json'));
  });

  it('hold a receipt that is valid by the strictest profile, years later', () => {
    const policy = parsePolicy(readDocument('docs/examples/policy.txt'));
    const bytes = encodeUtf8(readDocument('docs/examples/receipt.json'));
    const options = { profile: 'tecp-strict', nowMs: Date.now(), policy } as const;
    expect(verifyReceipt(bytes, options)).toMatchObject({ valid: true, index: 1, tree_size: 2 });
  });

  it('hold evidence that is proven', () => {
    const bytes = encodeUtf8(readDocument('docs/examples/fork.tecp-evidence.json'));
    const verdict = verifyEvidence(parseEvidence(bytes));
    expect(verdict).toMatchObject({ proven: true, origin: 'log.example' });
  });
});
