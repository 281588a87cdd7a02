/** Offline proofs: the text, its caps, and what verification refuses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64 } from '#protocol/base64.ts';
import { asHash, leafHash } from '#protocol/merkle/hash.ts';
import { formatCheckpoint, signCheckpoint } from '#protocol/note/checkpoint.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import {
  formatTlogProof,
  MAX_PROOF_BYTES,
  parseTlogProof,
  type TlogProof,
  verifyTlogProof,
} from '#protocol/proof/tlog-proof.ts';
import { auditPath, merkleTreeHash, numberedLeaves } from '../merkle/reference-tree.ts';
import { errorCode, expectCode, mutated, testHash, testKey } from '../note/support.ts';

const log = testKey('log.example', 1, 1);
const witness = testKey('witness.example', 4, 2);
const policy = parsePolicy(
  `log ${log.verifier.text}\nwitness w ${witness.verifier.text}\nquorum w\n`,
);
const SIZE = 11;
const leaves = numberedLeaves(SIZE);

/** A note on the first `size` leaves, cosigned at 1000 unless told otherwise. */
function checkpointNote(size: number, cosigned = true): string {
  const root = merkleTreeHash(leaves.slice(0, size));
  const checkpoint = { origin: 'log.example', size, root, extensions: [] };
  const note = parseNote(signCheckpoint(checkpoint, log));
  const more = cosigned ? [cosign(formatCheckpoint(checkpoint), witness, 1000)] : [];
  return formatNote({ ...note, signatures: [...note.signatures, ...more] });
}

function proofOf(index: number, size = SIZE): TlogProof {
  const hashes = auditPath(index, leaves.slice(0, size));
  return { index, hashes, checkpoint: checkpointNote(size) };
}

const HASH_LINE = `${encodeBase64(testHash(1))}\n`;
const HEADER = 'c2sp.org/tlog-proof@v1\n';
const NOTE = checkpointNote(SIZE);

describe('the text of a proof', () => {
  it('is header, index, hashes, an empty line and the checkpoint verbatim', () => {
    const proof = proofOf(3);
    const hashes = proof.hashes.map((hash) => `${encodeBase64(hash)}\n`).join('');
    const text = `${HEADER}index 3\n${hashes}\n${NOTE}`;
    expect(formatTlogProof(proof)).toBe(text);
    expect(parseTlogProof(text)).toEqual(proof);
  });

  it('carries extra between header and index', () => {
    const proof = { ...proofOf(0), extra: Uint8Array.of(1, 2, 3) };
    const text = formatTlogProof(proof);
    expect(text.startsWith(`${HEADER}extra AQID\nindex 0\n`)).toBe(true);
    expect(parseTlogProof(text)).toEqual(proof);
  });

  it('has no hashes in a tree of one leaf', () => {
    const text = formatTlogProof(proofOf(0, 1));
    expect(text.startsWith(`${HEADER}index 0\n\nlog.example\n1\n`)).toBe(true);
    expect(parseTlogProof(text).hashes).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['no empty line', `${HEADER}index 0\n`],
    ['another version', `c2sp.org/tlog-proof@v2\nindex 0\n\n${NOTE}`],
    ['no header', `index 0\n\n${NOTE}`],
    ['no index', `${HEADER}${HASH_LINE}\n${NOTE}`],
    ['nothing but a header', `${HEADER}\n${NOTE}`],
    ['an index with a leading zero', `${HEADER}index 01\n\n${NOTE}`],
    ['a negative index', `${HEADER}index -1\n\n${NOTE}`],
    ['two spaces before the index', `${HEADER}index  1\n\n${NOTE}`],
    ['an index above 2^53-1', `${HEADER}index 9007199254740992\n\n${NOTE}`],
    ['extra after the index', `${HEADER}index 0\nextra AQID\n\n${NOTE}`],
    ['extra twice', `${HEADER}extra AQID\nextra AQID\nindex 0\n\n${NOTE}`],
    ['extra without bytes', `${HEADER}extra \nindex 0\n\n${NOTE}`],
    ['extra that is not canonical', `${HEADER}extra AQJ=\nindex 0\n\n${NOTE}`],
    ['a short hash', `${HEADER}index 0\nAQID\n\n${NOTE}`],
    ['a hash with white space', `${HEADER}index 0\n ${HASH_LINE}\n${NOTE}`],
    ['a carriage return', `${HEADER}index 0\r\n\n${NOTE}`],
    ['64 hashes', `${HEADER}index 0\n${HASH_LINE.repeat(64)}\n${NOTE}`],
    ['64 hashes and extra', `${HEADER}extra AQID\nindex 0\n${HASH_LINE.repeat(64)}\n${NOTE}`],
    ['a million hashes', `${HEADER}index 0\n${HASH_LINE.repeat(7000)}\n${NOTE}`],
  ])('is refused with %s', (_, text) => {
    expectCode('bad-proof', () => parseTlogProof(text));
  });

  it('has as many as 63 hashes, with extra too', () => {
    const text = `${HEADER}extra AQID\nindex 0\n${HASH_LINE.repeat(63)}\n${NOTE}`;
    expect(parseTlogProof(text).hashes).toHaveLength(63);
  });

  it('is refused with a checkpoint that is none', () => {
    expectCode('bad-note', () => parseTlogProof(`${HEADER}index 0\n\nhello\n`));
    const other = NOTE.replace(`\n${SIZE}\n`, '\nmany\n');
    expectCode('bad-checkpoint', () => parseTlogProof(`${HEADER}index 0\n\n${other}`));
  });

  it('is capped as a whole and in its extra', () => {
    const extra = encodeBase64(new Uint8Array(64 * 1024 + 1));
    expectCode('too-large', () => parseTlogProof(`${HEADER}extra ${extra}\nindex 0\n\n${NOTE}`));
    expectCode('too-large', () => parseTlogProof('x'.repeat(MAX_PROOF_BYTES + 1)));
    const most = { ...proofOf(0), extra: new Uint8Array(64 * 1024) };
    expect(parseTlogProof(formatTlogProof(most)).extra).toHaveLength(64 * 1024);
  });

  it('is never written with parts that would not parse', () => {
    const proof = proofOf(0);
    expect(() => formatTlogProof({ ...proof, index: -1 })).toThrow(RangeError);
    expect(() => formatTlogProof({ ...proof, index: 0.5 })).toThrow(RangeError);
    expectCode('bad-proof', () => formatTlogProof({ ...proof, extra: new Uint8Array(0) }));
    const extra = new Uint8Array(64 * 1024 + 1);
    expectCode('too-large', () => formatTlogProof({ ...proof, extra }));
    const hashes = Array.from({ length: 64 }, () => testHash(1));
    expectCode('bad-proof', () => formatTlogProof({ ...proof, hashes }));
    const short = [new Uint8Array(31) as TlogProof['hashes'][number]];
    expect(() => formatTlogProof({ ...proof, hashes: short })).toThrow(RangeError);
    expectCode('bad-note', () => formatTlogProof({ ...proof, checkpoint: 'hello\n' }));
  });
});

describe('a proof', () => {
  it('verifies for every leaf of every small tree, and for no other leaf', () => {
    for (let size = 1; size <= SIZE; size++) {
      for (let index = 0; index < size; index++) {
        const proof = proofOf(index, size);
        const opened = verifyTlogProof(proof, leaves[index]!, policy);
        expect(opened).toMatchObject({ quorumMet: true, quorumTimeSeconds: 1000 });
        const other = leaves[(index + 1) % SIZE]!;
        expectCode('bad-proof', () => verifyTlogProof(proof, other, policy));
      }
    }
  });

  const proof = proofOf(4);
  const leaf = leaves[4]!;

  it('says that the quorum is not met, without throwing', () => {
    const bare = { ...proof, checkpoint: checkpointNote(SIZE, false) };
    expect(verifyTlogProof(bare, leaf, policy).quorumMet).toBe(false);
  });

  it('is bad with a wrong, missing, swapped or additional hash', () => {
    const [a, b, ...rest] = proof.hashes;
    for (const hashes of [
      [testHash(1), b!, ...rest],
      [b!, ...rest],
      [b!, a!, ...rest],
      [...proof.hashes, testHash(1)],
      [],
    ]) {
      expectCode('bad-proof', () => verifyTlogProof({ ...proof, hashes }, leaf, policy));
    }
  });

  it('is bad at another index', () => {
    for (const index of [3, 5, 0]) {
      expectCode('bad-proof', () => verifyTlogProof({ ...proof, index }, leaf, policy));
    }
  });

  it('is bad at an index beyond the tree, and names the index', () => {
    for (const index of [SIZE, Number.MAX_SAFE_INTEGER]) {
      const outside = { code: 'bad-proof', field: 'index' };
      expect(() => verifyTlogProof({ ...proof, index }, leaf, policy)).toThrow(
        expect.objectContaining(outside),
      );
    }
  });

  it('is bad against the checkpoint of another size', () => {
    const checkpoint = checkpointNote(SIZE - 1);
    expectCode('bad-proof', () => verifyTlogProof({ ...proof, checkpoint }, leaf, policy));
  });

  it('is bad for a tree without leaves', () => {
    const empty = { index: 0, hashes: [], checkpoint: checkpointNote(0) };
    expectCode('bad-proof', () => verifyTlogProof(empty, leaf, policy));
  });

  it('is untrusted under a policy without this log', () => {
    const other = testKey('other.example', 1, 9).verifier.text;
    const stranger = parsePolicy(`log ${other}\nquorum none\n`);
    expectCode('untrusted', () => verifyTlogProof(proof, leaf, stranger));
  });

  it('is bad when its checkpoint was touched after signing', () => {
    const checkpoint = proof.checkpoint.replace(`\n${SIZE}\n`, '\n12\n');
    expectCode('bad-signature', () => verifyTlogProof({ ...proof, checkpoint }, leaf, policy));
  });

  it('does not depend on extra, which nothing authenticates', () => {
    const extra = Uint8Array.of(6);
    expect(verifyTlogProof({ ...proof, extra }, leaf, policy).quorumMet).toBe(true);
  });

  it('of an inner node instead of a leaf does not verify', () => {
    const two = leaves.slice(0, 2);
    const short = { index: 0, hashes: [], checkpoint: checkpointNote(2) };
    expectCode('bad-proof', () => verifyTlogProof(short, two[0]!, policy));
    expectCode('bad-proof', () => verifyTlogProof(short, leafHash(merkleTreeHash(two)), policy));
  });
});

const arbitraryProof: fc.Arbitrary<TlogProof> = fc
  .record({
    index: fc.maxSafeNat(),
    hashes: fc.array(
      fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => asHash(bytes)),
      { maxLength: 5 },
    ),
    extra: fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 }), { nil: undefined }),
  })
  .map(({ extra, ...proof }) => ({
    ...proof,
    checkpoint: NOTE,
    ...(extra === undefined ? {} : { extra }),
  }));

describe('any proof', () => {
  it('survives the round trip', () => {
    fc.assert(
      fc.property(arbitraryProof, (proof) => {
        expect(parseTlogProof(formatTlogProof(proof))).toEqual(proof);
      }),
    );
  });

  it('that is mutated parses to what is written back, or throws a typed error', () => {
    fc.assert(
      fc.property(mutated(arbitraryProof.map(formatTlogProof)), (text) => {
        if (errorCode(() => parseTlogProof(text)) === undefined) {
          expect(formatTlogProof(parseTlogProof(text))).toBe(text);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('that is mutated never verifies for another leaf, and throws nothing untyped', () => {
    const text = formatTlogProof(proofOf(4));
    fc.assert(
      fc.property(mutated(fc.constant(text)), (changed) => {
        const code = errorCode(() => verifyTlogProof(parseTlogProof(changed), leaves[5]!, policy));
        expect(code).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });
});
