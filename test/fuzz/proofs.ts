/** Offline proofs: of a leaf, under a checkpoint that is mostly signed and cosigned as it should be. */
import type { Hash } from '#protocol/merkle/hash.ts';
import { perhapsDamaged, randomNote } from './checkpoints.ts';
import type { Random } from './random.ts';
import { base64 } from './request.ts';
import { MAX_SIZE, randomHash, randomInclusion } from './trees.ts';

/** The text of a proof, as bytes as it may be damaged. */
export function randomProof(random: Random, leaf: Hash): Uint8Array {
  const inclusion = randomInclusion(random, leaf);
  const { note } = randomNote(random, inclusion);
  const lines = [
    random.chance(0.01) ? 'c2sp.org/tlog-proof@v2' : 'c2sp.org/tlog-proof@v1',
    ...extraLines(random),
    `index ${wrongIndex(random, inclusion.index)}`,
    ...wrongHashes(random, inclusion.hashes).map(base64),
    '',
    note,
  ];
  return perhapsDamaged(random, lines.join('\n'), 0.08);
}

function extraLines(random: Random): string[] {
  if (!random.chance(0.1)) return [];
  const length = random.pick([0, 1, 2, 3, 100, 1000]);
  const extra = `extra ${base64(random.bytes(length))}`;
  return random.chance(0.1) ? [extra, extra] : [extra];
}

function wrongIndex(random: Random, index: number): string | number {
  if (!random.chance(0.04)) return index;
  return random.pick([
    index + 1,
    Math.max(0, index - 1),
    `0${index}`,
    -1,
    MAX_SIZE,
    '9007199254740992',
    '',
    '1e1',
    '18446744073709551616',
  ]);
}

function wrongHashes(random: Random, hashes: readonly Hash[]): Uint8Array[] {
  const changed: Uint8Array[] = [...hashes];
  if (!random.chance(0.04)) return changed;
  const at = random.below(changed.length + 1);
  switch (random.below(5)) {
    case 0:
      changed.splice(at, 1);
      break;
    case 1:
      changed.splice(at, 0, randomHash(random));
      break;
    case 2:
      changed.splice(at, 1, random.bytes(random.pick([0, 31, 33])));
      break;
    case 3:
      changed.reverse();
      break;
    default:
      while (changed.length < random.between(62, 65)) changed.push(randomHash(random));
  }
  return changed;
}
