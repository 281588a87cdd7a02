/** Receipts with proofs, and what is known of them. */
import type { JsonMembers } from '../../case.ts';
import type { Loose, LooseMembers } from '../../json.ts';
import { LOG, W1, W2, W3 } from '../../keys.ts';
import { checkpoint, cosigned, proofText, type Tree } from '../../notes.ts';
import { LOG_LINE, NONE, policyOf, W1_LINE } from '../../policies.ts';
import { receipt, receiptLeaf, SECOND, STRICT } from '../../receipts.ts';

export const TWO_OF_THREE = policyOf('group two-of-three 2 w1 w2 w3\nquorum two-of-three\n');

export const ONE = `${LOG_LINE}${W1_LINE}quorum w1\n`;

export const NO_QUORUM = LOG_LINE + NONE;

/** The tree of one leaf, which is the entry. */
export const treeOf = (members: LooseMembers): Tree => ({
  origin: LOG.name,
  size: 1,
  root: receiptLeaf(members),
});

export const attach = (members: LooseMembers, proof: Loose): LooseMembers => ({
  ...members,
  log_inclusion: { proof },
});

/** The receipt alone in its tree, cosigned by w1, w2 and w3 at these times. */
export function logged(members: LooseMembers, ...times: (number | undefined)[]): LooseMembers {
  const tree = treeOf(members);
  const lines = times.flatMap((time, i) =>
    time === undefined ? [] : [cosigned([W1, W2, W3][i]!, tree, time)],
  );
  return attach(members, proofText({ index: 0, hashes: [], checkpoint: checkpoint(tree, lines) }));
}

export const facts = (names: readonly string[], seconds?: number): JsonMembers => ({
  origin: LOG.name,
  index: 0,
  tree_size: 1,
  witnesses: names,
  ...(seconds === undefined ? {} : { logged_at: seconds * SECOND }),
});

export const PLAIN = receipt();

export const FULL = receipt(STRICT);

export const PROOF_FIELD = 'log_inclusion.proof';

export const tree = treeOf(PLAIN);

export const proofOf = (
  checkpointNote: string,
  index: number | string = 0,
  hashes: readonly Uint8Array[] = [],
) => attach(PLAIN, proofText({ index, hashes, checkpoint: checkpointNote }));
