/** The sign-subtree request: one form, strictly parsed, round trips. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asHash } from '#protocol/merkle/hash.ts';
import type { NoteSignature } from '#protocol/note/note.ts';
import { formatSignSubtree, parseSignSubtree } from '#protocol/witness/sign-subtree.ts';
import { errorCode, mutated, printableName } from '../note/support.ts';

const number = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(asHash);
const cosignature = fc.record<NoteSignature>({
  name: printableName,
  id: fc.constant('0102abcd'),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 80 }),
});
const request = fc.record({
  start: number,
  end: number,
  hash,
  cosignatures: fc.array(cosignature, { maxLength: 8 }),
  proof: fc.array(hash, { maxLength: 63 }),
  checkpoint: fc.string(),
});
const HASH = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';
const LINE = '\u2014 w AQIDBAU=';

describe('the request', () => {
  it('comes back as it was sent, whatever the checkpoint holds', () => {
    fc.assert(
      fc.property(request, (sent) => {
        const text = formatSignSubtree(sent);
        expect(parseSignSubtree(text)).toEqual(sent);
        expect(formatSignSubtree(parseSignSubtree(text))).toBe(text);
      }),
    );
  });

  it('looks as the specification shows it', () => {
    const zero = asHash(new Uint8Array(32));
    const cosignatures = [{ name: 'w', id: '01020304', bytes: Uint8Array.of(5) }];
    const sent = {
      start: 8,
      end: 13,
      hash: zero,
      cosignatures,
      proof: [zero],
      checkpoint: 'note\n',
    };
    expect(formatSignSubtree(sent)).toBe(`subtree 8 13\n${HASH}\n${LINE}\n${HASH}\n\nnote\n`);
  });

  it.each([
    ['', 'bad-proof'],
    ['subtree 0 1', 'bad-proof'],
    ['subtree 0 1\n\nnote', 'bad-proof'],
    [`\n\n${HASH}`, 'bad-proof'],
    [`subtree 0\n${HASH}\n\nnote`, 'bad-proof'],
    [`subtree 0 1 2\n${HASH}\n\nnote`, 'bad-proof'],
    [`subtree  0 1\n${HASH}\n\nnote`, 'bad-proof'],
    [`Subtree 0 1\n${HASH}\n\nnote`, 'bad-proof'],
    [`subtree 00 1\n${HASH}\n\nnote`, 'bad-encoding'],
    [`subtree 0 -1\n${HASH}\n\nnote`, 'bad-encoding'],
    [`subtree 0 9007199254740992\n${HASH}\n\nnote`, 'bad-encoding'],
    [`subtree 0 1\nAAAA\n\nnote`, 'bad-encoding'],
    [`subtree 0 1\n${LINE}\n\nnote`, 'bad-encoding'],
    [`subtree 0 1\n${HASH}\n${HASH}\n${LINE}\n\nnote`, 'bad-encoding'],
    [`subtree 0 1\n${HASH}\n\u2014 w\n\nnote`, 'bad-note'],
    [`subtree 0 1\n${HASH}\n${`${LINE}\n`.repeat(9)}\nnote`, 'bad-proof'],
    [`subtree 0 1\n${HASH}\n${`${HASH}\n`.repeat(64)}\nnote`, 'bad-proof'],
    [`subtree 0 1\r\n${HASH}\r\n\r\nnote`, 'bad-proof'],
  ])('is refused in any other form: %j', (text, code) => {
    expect(errorCode(() => parseSignSubtree(text))).toBe(code);
  });

  it('throws nothing but its typed error, and what it takes it writes back', () => {
    fc.assert(
      fc.property(mutated(request.map(formatSignSubtree)), (text) => {
        if (errorCode(() => parseSignSubtree(text)) !== undefined) return;
        expect(formatSignSubtree(parseSignSubtree(text))).toBe(text);
      }),
    );
  });
});
