/** Whether a proof leads from the leaf to the root, docs/spec/log.md section 9. */
import { flipBit, MAX_INTEGER } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { W1, W2 } from '../../keys.ts';
import { checkpoint, cosigned, proofText } from '../../notes.ts';
import { T } from '../../receipts.ts';
import { inclusionPath, leafAt, treeRoot } from '../../trees.ts';
import { FORM, GOOD, HASHES, LEAF, NO_QUORUM, opened, proofOf, refused, TREE } from './ask.ts';

const PROOF =
  'verifier.md, section 5: bad-proof is an inclusion proof that does not lead from the leaf to the root, or an index that is not below the size.';

const withIndex = (index: number) => proofOf({ index });

const another = { ...TREE, size: 6, root: treeRoot(6) };

export const inclusionCases: Case[] = [
  refused('another leaf', PROOF, 'bad-proof', GOOD, { leaf: leafAt(3) }),
  refused('a leaf with a bit turned over', PROOF, 'bad-proof', GOOD, { leaf: flipBit(LEAF, 77) }),
  refused('an index next to it', PROOF, 'bad-proof', withIndex(3)),
  refused('an index that is the size', PROOF, 'bad-proof', withIndex(5)),
  refused('an index above the size', PROOF, 'bad-proof', withIndex(1000)),
  refused('the largest index', PROOF, 'bad-proof', withIndex(MAX_INTEGER)),
  ...HASHES.map((hash, i) =>
    refused(
      `hash ${i} with a bit turned over`,
      PROOF,
      'bad-proof',
      proofOf({ hashes: HASHES.with(i, flipBit(hash, 80 * i + 7)) }),
    ),
  ),
  refused('a hash too few', PROOF, 'bad-proof', proofOf({ hashes: HASHES.slice(0, -1) })),
  refused('a hash too many', PROOF, 'bad-proof', proofOf({ hashes: [...HASHES, LEAF] })),
  refused('no hashes', PROOF, 'bad-proof', proofOf({ hashes: [] })),
  refused(
    'the hashes of another size',
    PROOF,
    'bad-proof',
    proofOf({
      checkpoint: checkpoint(another, [cosigned(W1, another, T), cosigned(W2, another, T)]),
    }),
  ),
  refused(
    'a tree of size 0',
    PROOF,
    'bad-proof',
    proofText({
      index: 0,
      hashes: [],
      checkpoint: checkpoint({ ...TREE, size: 0, root: treeRoot(0) }),
    }),
    { policy: NO_QUORUM },
  ),
  refused(
    'another leaf and an unmet quorum',
    `${PROOF} The quorum comes after it.`,
    'bad-proof',
    proofOf({ checkpoint: checkpoint(TREE) }),
    { leaf: leafAt(3) },
  ),
  opened('the last leaf', FORM, proofOf({ index: 4, hashes: inclusionPath(4, 5) }), {
    index: 4,
    leaf: leafAt(4),
  }),
  opened('the first leaf', FORM, proofOf({ index: 0, hashes: inclusionPath(0, 5) }), {
    index: 0,
    leaf: leafAt(0),
  }),
];
