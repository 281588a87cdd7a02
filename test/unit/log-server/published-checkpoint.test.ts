/** A published checkpoint: what is written under it in bytes is what its texts and JSON would be. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PublishedCheckpoint } from '#log-server/serving/published-checkpoint.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { formatTlogProof } from '#protocol/proof/tlog-proof.ts';
import { signedHead } from './batches.ts';

const tree = TileBuilder.empty();
tree.append(leafHash(Uint8Array.of(1)));
const head = signedHead(tree);
const published = new PublishedCheckpoint(head.note, head);
const hash = fc.uint8Array({ minLength: 1, maxLength: 8 }).map(leafHash);
const parts = fc.record({
  index: fc.nat(),
  hashes: fc.array(hash, { maxLength: 63 }),
});

describe('a proof under a published checkpoint', () => {
  it('is the text that anybody would write', () => {
    fc.assert(
      fc.property(parts, (proof) => {
        const text = formatTlogProof({ ...proof, checkpoint: head.note });
        expect(decodeUtf8(published.proof(proof))).toBe(text);
      }),
    );
  });

  it('is a member of a JSON object after all others', () => {
    // A warning may be any text.
    const members = fc.record({ status: fc.nat(), warning: fc.string({ unit: 'binary' }) });
    fc.assert(
      fc.property(parts, members, (proof, object) => {
        const text = formatTlogProof({ ...proof, checkpoint: head.note });
        expect(decodeUtf8(published.proofMember(object, proof))).toBe(
          JSON.stringify({ ...object, proof: text }),
        );
      }),
    );
  });
});
