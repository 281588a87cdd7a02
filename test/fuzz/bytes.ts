/** Damage to bytes and texts, without a thought for what they mean. */
import type { Random } from './random.ts';

/** What breaks parsers when it stands where something else should. */
const NASTY_TEXTS = [
  '\n',
  '\r\n',
  '\t',
  ' ',
  '\u0000',
  '\u001f',
  '\u007f',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\u3000',
  '\ufeff',
  '\u{1F600}',
  '\u{10FFFF}',
  '\ufffd',
  'é',
  'e\u0301',
  '+',
  '-',
  '=',
  '==',
  '/',
  '_',
  '"',
  '\\',
  '0',
  '-0',
  '00',
  '1.0',
  '1e3',
  '9007199254740991',
  '9007199254740992',
  '18446744073709551615',
  '\u2014 ',
  'none',
  '{}',
  '[]',
  'null',
];

const NASTY_BYTES = [
  [0xff],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xef, 0xbb, 0xbf],
  [0xe2, 0x82],
  [0x80],
  [0],
];

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** The bytes with `count` of them at `at` replaced. */
export function splice(
  bytes: Uint8Array,
  at: number,
  count: number,
  insert: Uint8Array = new Uint8Array(),
): Uint8Array {
  return concat(bytes.subarray(0, at), insert, bytes.subarray(at + count));
}

export function flipBit(random: Random, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  if (copy.length > 0) copy[random.below(copy.length)]! ^= 1 << random.below(8);
  return copy;
}

export function damageBytes(random: Random, bytes: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1);
  const few = random.between(1, 8);
  switch (random.below(8)) {
    case 0:
      return flipBit(random, bytes);
    case 1:
      return splice(bytes, at, few);
    case 2:
      return splice(bytes, at, 0, random.bytes(few));
    case 3:
      return splice(bytes, at, 1, random.bytes(1));
    case 4:
      return splice(bytes, at, 0, bytes.subarray(at, at + random.between(1, 40)));
    case 5:
      return bytes.slice(0, at);
    case 6:
      return splice(bytes, at, random.below(2), Uint8Array.from(random.pick(NASTY_BYTES)));
    default:
      return splice(bytes, at, random.below(3), Buffer.from(random.pick(NASTY_TEXTS)));
  }
}

/** Damage to one of the lines, or to their order, of a text whose lines end in newlines. */
export function damageLines(random: Random, text: string): string {
  const lines = text.split('\n');
  const i = random.below(lines.length);
  const j = random.below(lines.length);
  const line = lines[i]!;
  switch (random.below(8)) {
    case 0:
      lines.splice(i, 1);
      break;
    case 1:
      lines.splice(i, 0, lines[j]!);
      break;
    case 2:
      [lines[i], lines[j]] = [lines[j]!, line];
      break;
    case 3:
      lines.splice(i, 0, '');
      break;
    case 4:
      lines[i] = line + random.pick(NASTY_TEXTS);
      break;
    case 5:
      lines[i] = random.pick(NASTY_TEXTS) + line;
      break;
    case 6:
      lines[i] = replaceAt(random, line);
      break;
    default:
      lines[i] = random.pick(NASTY_TEXTS);
  }
  return lines.join('\n');
}

function replaceAt(random: Random, line: string): string {
  const at = random.below(line.length + 1);
  return line.slice(0, at) + random.pick(NASTY_TEXTS) + line.slice(at + random.below(2));
}

/** Characters of every width and every kind that some parser treats in its own way. */
export function nastyText(random: Random, maxParts = 4): string {
  return Array.from({ length: random.below(maxParts + 1) }, () =>
    random.chance(0.5) ? random.pick(NASTY_TEXTS) : String.fromCodePoint(randomCodePoint(random)),
  ).join('');
}

/** Never a surrogate. */
function randomCodePoint(random: Random): number {
  const limit = random.pick([0x80, 0x800, 0xd800, 0x110000]);
  const point = random.below(limit);
  return point >= 0xd800 && point < 0xe000 ? point - 0x800 : point;
}
