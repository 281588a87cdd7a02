/** How a proof is asked about, and the tree that the cases share. */
import { utf8 } from '../../bytes.ts';
import { type Case, type JsonMembers, request } from '../../case.ts';
import { LOG, logKey, W1, W2, W3 } from '../../keys.ts';
import {
  checkpoint,
  checkpointText,
  cosigned,
  type ProofParts,
  proofText,
  type Tree,
} from '../../notes.ts';
import { NONE, policyOf } from '../../policies.ts';
import { T } from '../../receipts.ts';
import { inclusionPath, leafAt, treeRoot } from '../../trees.ts';

export const TREE: Tree = { origin: LOG.name, size: 5, root: treeRoot(5) };

export const TEXT = checkpointText(TREE);

const INDEX = 2;

export const LEAF = leafAt(INDEX);

export const HASHES = inclusionPath(INDEX, TREE.size);

const TWO_OF_THREE = policyOf('group g 2 w1 w2 w3\nquorum g\n');

export const NO_QUORUM = policyOf(NONE);

export const all = (...times: number[]) =>
  times.map((time, i) => cosigned([W1, W2, W3][i]!, TREE, time));

export const COSIGNED = checkpoint(TREE, all(T + 1, T + 3, T + 2));

interface Asked {
  readonly policy?: string;
  readonly leaf?: Uint8Array;
}

export function ask(proof: string | Uint8Array, { policy = TWO_OF_THREE, leaf = LEAF }: Asked) {
  return request('proof', {
    proof: typeof proof === 'string' ? utf8(proof) : proof,
    leaf,
    policy: utf8(policy),
  });
}

export const proofOf = (parts: Partial<ProofParts> = {}) =>
  proofText({ index: INDEX, hashes: HASHES, checkpoint: COSIGNED, ...parts });

export const GOOD = proofOf();

interface Opened extends Asked {
  readonly origin?: string;
  readonly index?: number;
  readonly size?: number;
  readonly witnesses?: readonly string[];
  /** In POSIX seconds; null is a quorum that is met and gives none, undefined one that is not met. */
  readonly logged?: number | null | undefined;
}

export function opened(name: string, why: string, proof: string, expected: Opened = {}): Case {
  const { origin = LOG.name, index = INDEX, size = TREE.size } = expected;
  const time = 'logged' in expected ? expected.logged : T + 2;
  const answer: JsonMembers = {
    origin,
    index,
    tree_size: size,
    witnesses: expected.witnesses ?? ['w1', 'w2', 'w3'],
    quorum_met: time !== undefined,
    ...(typeof time === 'number' ? { logged_at: time * 1000 } : {}),
  };
  return { name, why, request: ask(proof, expected), answer };
}

export function refused(
  name: string,
  why: string,
  error: string,
  proof: string | Uint8Array,
  asked: Asked = {},
): Case {
  return { name, why, request: ask(proof, asked), answer: { error } };
}

export const FORM =
  'log.md, section 9, and tlog-proof: the header, extra where there is any, the index, the hashes, an empty line, the checkpoint.';

export const second = logKey(LOG.name, 10);

export const met = { witnesses: [], logged: null };

export const UNMET = { logged: undefined };

export const by = (...lines: string[]) => proofOf({ checkpoint: checkpoint(TREE, lines) });

export const w1 = (time: number) => cosigned(W1, TREE, time);

export const w2 = (time: number) => cosigned(W2, TREE, time);

export const w3 = (time: number) => cosigned(W3, TREE, time);
