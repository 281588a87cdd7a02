/** Receipts with proofs, and what is known of them. */
import type { Case, JsonMembers } from '../../case.ts';
import type { Loose, LooseMembers } from '../../json.ts';
import { LOG, W1, W2, W3 } from '../../keys.ts';
import { checkpoint, cosigned, proofText, type Tree } from '../../notes.ts';
import {
  type Asked,
  FIELDS,
  receipt,
  receiptLeaf,
  SECOND,
  STRICT,
  TS,
  verdict,
  verify,
} from '../../receipts.ts';

export const T = TS / SECOND;

const witnesses = `witness w1 ${W1.text}\nwitness w2 ${W2.text}\nwitness w3 ${W3.text}\n`;

const policyOf = (quorum: string, logs = `log ${LOG.text}\n`) => `${logs}${witnesses}${quorum}`;

export const TWO_OF_THREE = policyOf('group two-of-three 2 w1 w2 w3\nquorum two-of-three\n');

export const ONE = `log ${LOG.text}\nwitness w1 ${W1.text}\nquorum w1\n`;

export const NO_QUORUM = `log ${LOG.text}\nquorum none\n`;

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

interface Judged extends Asked {
  readonly errors?: readonly string[];
  readonly warnings?: readonly string[];
  readonly facts?: JsonMembers;
}

export function judged(
  name: string,
  why: string,
  members: LooseMembers,
  { errors, warnings, facts: known, ...asked }: Judged = {},
): Case {
  const { profile } = asked;
  const answer = verdict(members, {
    errors: errors ?? [],
    warnings: warnings ?? [],
    profile,
    facts: known ?? {},
  });
  return { name, why, request: verify(members, asked), answer };
}

export const PLAIN = receipt();

export const FULL = receipt(STRICT);

export const PROOF_FIELD = 'log_inclusion.proof';

export const tree = treeOf(PLAIN);

export const proofOf = (
  checkpointNote: string,
  index: number | string = 0,
  hashes: readonly Uint8Array[] = [],
) => attach(PLAIN, proofText({ index, hashes, checkpoint: checkpointNote }));

if (FIELDS.ts !== TS) throw new Error('the times are counted from that of the receipt');
