/** Checkpoints as signed notes, whose signatures mostly verify whatever has been done to their text. */
import { concatBytes, encodeUtf8, fromHex } from '#protocol/bytes.ts';
import type { Hash } from '#protocol/merkle/hash.ts';
import { damageBytes, damageLines, flipBit, nastyText } from './bytes.ts';
import {
  cosignatureLine,
  type FuzzKey,
  isSlow,
  LOG_KEYS,
  logLine,
  STRANGERS,
  type Statement,
  WITNESS_KEYS,
} from './keys.ts';
import type { Random } from './random.ts';
import { base64 } from './request.ts';
import { randomHash, randomSize } from './trees.ts';

/** POSIX seconds around which most things happen. */
export const NOW_SECONDS = 1_753_000_000;
/** The last time of a cosignature: docs/spec/log.md section 6. */
const LAST_SECONDS = 9_007_199_254_740;
const MAX_INTEGER = Number.MAX_SAFE_INTEGER;

export interface CheckpointTree {
  readonly size: number;
  readonly root: Hash;
}

export function randomTree(random: Random): CheckpointTree {
  return { size: random.chance(0.05) ? 0 : randomSize(random), root: randomHash(random) };
}

/** The note of a checkpoint of this tree, and the key that it was mainly signed with. */
export function randomNote(random: Random, tree: CheckpointTree): { note: string; log: FuzzKey } {
  const log = random.chance(0.8) ? LOG_KEYS[0]! : random.pick(LOG_KEYS);
  const statement = randomStatement(random, log.verifier.name, tree);
  const lines = [
    ...logLines(random, log, statement),
    ...witnessLines(random, statement),
    ...strangeLines(random, statement),
  ];
  const ordered = random.chance(0.2) ? random.shuffled(lines) : lines;
  const repeated = random.chance(0.1) ? [...ordered, random.pick(ordered)] : ordered;
  return { note: `${statement.text}\n${repeated.join('')}`, log };
}

/** What is signed; the text is now and then another one than the tree's, or none of a checkpoint. */
function randomStatement(random: Random, name: string, { size, root }: CheckpointTree): Statement {
  const origin = random.chance(0.03) ? nastyText(random) || 'x' : name;
  const extensions = random.chance(0.08)
    ? Array.from({ length: random.pick([1, 1, 2, 63, 64, 65]) }, () => nastyText(random) || 'ext')
    : [];
  const text = `${[origin, size, base64(root), ...extensions].join('\n')}\n`;
  const damaged = random.chance(0.05) ? damageLines(random, text) : text;
  return { text: damaged, origin, size, root };
}

/** `— name base64(key ID || signature)`, mostly as it should be. */
function signatureLine(random: Random, { verifier }: FuzzKey, signature: Uint8Array): string {
  const bytes = concatBytes(fromHex(verifier.id, 4), signature);
  const line = (name: string, encoded: string) => `\u2014 ${name} ${encoded}\n`;
  if (!random.chance(0.04)) return line(verifier.name, base64(bytes));
  switch (random.below(7)) {
    case 0:
      return line(
        verifier.name,
        base64(concatBytes(bytes.subarray(0, 4), flipBit(random, signature))),
      );
    case 1:
      return line(verifier.name, withSpareBits(random, bytes));
    case 2:
      return line(nastyText(random) || 'x', base64(bytes));
    case 3:
      return line(verifier.name, base64(bytes.subarray(0, random.below(14))));
    case 4:
      return line(verifier.name, base64(damageBytes(random, bytes)));
    case 5:
      return line(
        verifier.name,
        base64(bytes).replace(/=+$/, random.pick(['', '=', '==', '===', '\t'])),
      );
    default:
      return line(verifier.name, base64(bytes).replaceAll('+', '-').replaceAll('/', '_'));
  }
}

/** Base64 whose last digit has bits that belong to no byte. */
export function withSpareBits(random: Random, bytes: Uint8Array): string {
  const encoded = base64(bytes);
  const padding = /=*$/.exec(encoded)![0];
  const digits = encoded.slice(0, encoded.length - padding.length);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const last = alphabet.indexOf(digits.at(-1) ?? 'A');
  const spare = 2 ** (2 * padding.length);
  const other = alphabet[Math.floor(last / spare) * spare + random.below(spare)]!;
  return digits.slice(0, -1) + other + padding;
}

function logLines(random: Random, log: FuzzKey, statement: Statement): string[] {
  const others = LOG_KEYS.filter((key) => key !== log && !isSlow(key));
  const signing = random.chance(0.02) ? [] : [log];
  if (random.chance(0.1)) signing.push(random.pick(others));
  return signing.map((key) => {
    const time = random.pick([0, 0, 1, NOW_SECONDS, LAST_SECONDS + 1, MAX_INTEGER]);
    return signatureLine(random, key, logLine(key, statement, time));
  });
}

function witnessLines(random: Random, statement: Statement): string[] {
  const cosigning = WITNESS_KEYS.filter((key) => random.chance(isSlow(key) ? 0.03 : 0.7));
  return cosigning.flatMap((key) => {
    const times = random.chance(0.05)
      ? [randomTime(random), randomTime(random)]
      : [randomTime(random)];
    return times.map((time) =>
      signatureLine(random, key, cosignature(random, key, statement, time)),
    );
  });
}

function cosignature(random: Random, key: FuzzKey, statement: Statement, time: number): Uint8Array {
  if (!random.chance(0.02)) return cosignatureLine(key, statement, time);
  // A time that is no exact integer anywhere but in 64 bits.
  const huge = concatBytes(
    random.pick([new Uint8Array(8).fill(255), Uint8Array.of(0, 32, 0, 0, 0, 0, 0, 0)]),
  );
  return concatBytes(huge, key.sign(encodeUtf8(statement.text)));
}

function randomTime(random: Random): number {
  return random.weighed<() => number>([
    [30, () => NOW_SECONDS + random.between(-5, 5)],
    [3, () => NOW_SECONDS + random.between(-100_000, 100_000)],
    [1, () => random.pick([0, 1, LAST_SECONDS, LAST_SECONDS + 1, MAX_INTEGER])],
  ])();
}

/** Lines of keys that no policy lists. */
function strangeLines(random: Random, statement: Statement): string[] {
  if (!random.chance(0.15)) return [];
  const key = random.pick(STRANGERS.filter((stranger) => !isSlow(stranger)));
  if (random.chance(0.5)) return [signatureLine(random, key, logLine(key, statement, 0))];
  // Unknown keys may have spare bits, which known ones may not.
  const bytes = random.bytes(random.pick([4, 5, 6, 7, 68, 76]));
  const known = random.chance(0.2) ? random.pick([...LOG_KEYS, ...WITNESS_KEYS]) : key;
  const withId = random.chance(0.5) ? concatBytes(fromHex(known.verifier.id, 4), bytes) : bytes;
  const name = random.chance(0.1) ? 'n'.repeat(random.between(254, 257)) : known.verifier.name;
  return [`\u2014 ${name} ${withSpareBits(random, withId)}\n`];
}

/** A note that is damaged after it was signed, by a small chance. */
export function perhapsDamaged(random: Random, text: string, chance: number): Uint8Array {
  if (!random.chance(chance)) return Buffer.from(text);
  return random.chance(0.5)
    ? damageBytes(random, Buffer.from(text))
    : Buffer.from(damageLines(random, text));
}
