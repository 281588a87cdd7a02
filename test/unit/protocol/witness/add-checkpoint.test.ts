/** The add-checkpoint request and answers: one form, strictly parsed, round trips. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { asHash } from '#protocol/merkle/hash.ts';
import {
  formatAddCheckpoint,
  formatSizeAnswer,
  parseAddCheckpoint,
  parseSizeAnswer,
  witnessCheckpointPath,
} from '#protocol/witness/add-checkpoint.ts';

const size = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(asHash);
const HASH = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';

describe('the request', () => {
  it('comes back as it was sent, whatever the checkpoint holds', () => {
    const proof = fc.array(hash, { maxLength: 63 });
    fc.assert(
      fc.property(size, proof, fc.string(), (oldSize, hashes, checkpoint) => {
        const text = formatAddCheckpoint({ oldSize, proof: hashes, checkpoint });
        const parsed = parseAddCheckpoint(text);
        expect(parsed.oldSize).toBe(oldSize);
        expect(parsed.proof.map(toHex)).toEqual(hashes.map(toHex));
        expect(parsed.checkpoint).toBe(checkpoint);
        expect(formatAddCheckpoint(parsed)).toBe(text);
      }),
    );
  });

  it('looks as the specification shows it', () => {
    const proof = [asHash(new Uint8Array(32))];
    const text = formatAddCheckpoint({ oldSize: 20, proof, checkpoint: 'note\n' });
    expect(text).toBe(`old 20\n${HASH}\n\nnote\n`);
  });

  it.each([
    ['', 'bad-proof'],
    ['old 1', 'bad-proof'],
    ['old 1\nnote', 'bad-proof'],
    ['\n\nnote', 'bad-proof'],
    ['new 1\n\nnote', 'bad-proof'],
    ['Old 1\n\nnote', 'bad-proof'],
    [' old 1\n\nnote', 'bad-proof'],
    ['old1\n\nnote', 'bad-proof'],
    ['old \n\nnote', 'bad-encoding'],
    ['old 01\n\nnote', 'bad-encoding'],
    ['old -1\n\nnote', 'bad-encoding'],
    ['old 1 \n\nnote', 'bad-encoding'],
    ['old 9007199254740992\n\nnote', 'bad-encoding'],
    ['old 1\r\n\r\nnote', 'bad-proof'],
    ['old 1\nAAAA\n\nnote', 'bad-encoding'],
    [`old 1\n${HASH} \n\nnote`, 'bad-encoding'],
    [`old 1\n${HASH.replace('A=', 'B=')}\n\nnote`, 'bad-encoding'],
    [`old 1\n${`${HASH}\n`.repeat(64)}\nnote`, 'bad-proof'],
  ])('is refused in any other form: %j', (text, code) => {
    expect(() => parseAddCheckpoint(text)).toThrow(expect.objectContaining({ code }));
  });

  it('takes 63 hashes', () => {
    expect(parseAddCheckpoint(`old 1\n${`${HASH}\n`.repeat(63)}\nnote`).proof).toHaveLength(63);
  });

  it('never throws anything but ProtocolError, and parses only what it would write', () => {
    const nearly = fc
      .tuple(size, fc.array(fc.constantFrom(HASH, 'x', ''), { maxLength: 3 }), fc.string())
      .map(([old, lines, rest]) => [`old ${old}`, ...lines, '', rest].join('\n'));
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearly), (text) => {
        try {
          expect(formatAddCheckpoint(parseAddCheckpoint(text))).toBe(text);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the size of a 409', () => {
  it('comes back as it was sent', () => {
    fc.assert(
      fc.property(size, (n) => {
        expect(parseSizeAnswer(formatSizeAnswer(n))).toBe(n);
      }),
    );
    expect(formatSizeAnswer(12)).toBe('12\n');
  });

  it.each(['', '12', '\n', '12\n\n', ' 12\n', '012\n', '1e3\n', '-1\n', '12\r\n', 'x\n'])(
    'is refused in any other form: %j',
    (text) => {
      expect(() => parseSizeAnswer(text)).toThrow(
        expect.objectContaining({ name: 'ProtocolError', code: 'bad-encoding' }),
      );
    },
  );
});

it('the path of a log at a witness is the hash of its origin', () => {
  // printf 'example.com/foo' | sha256sum
  const hex = '76f699faa11e8fbe9a70d933651df90f4bf2b47301f4e924ba3dc6fd395d1d33';
  expect(witnessCheckpointPath('example.com/foo')).toBe(`${hex}/checkpoint`);
});
