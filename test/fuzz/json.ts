/**
 * JSON values and the many texts that denote them. Objects are maps, so that a member may have any name and any
 * place, and `Raw` stands for what no value of JavaScript writes, such as `1.0`.
 */
import { nastyText } from './bytes.ts';
import type { Random } from './random.ts';

export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Json = null | boolean | number | string | Raw | Json[] | JsonMap;
export type JsonMap = Map<string, Json>;

/** The value as maps. */
export function toMaps(value: unknown): Json {
  if (Array.isArray(value)) return value.map(toMaps);
  if (typeof value !== 'object' || value === null) return value as Json;
  return new Map(Object.entries(value).map(([name, member]) => [name, toMaps(member)]));
}

/** Canonical text, but for what is `Raw` or no text of Unicode. */
export function writeCanonical(value: Json): string {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map(writeCanonical).join(',')}]`;
  if (!(value instanceof Map)) return JSON.stringify(value);
  const members = [...value.keys()]
    .sort()
    .map((name) => `${JSON.stringify(name)}:${writeCanonical(value.get(name)!)}`);
  return `{${members.join(',')}}`;
}

/** Where a text leaves the canonical form: each is the probability at each place. */
export interface Liberties {
  readonly space: number;
  readonly order: number;
  readonly escape: number;
  readonly repeat: number;
}

/** One of the texts of the value. Only a repeated member makes it another one than `canonical` takes. */
export function writeFreely(random: Random, value: Json, liberties: Liberties): string {
  const space = () =>
    random.chance(liberties.space) ? random.pick([' ', '\n', '\t', '\r', '  \n']) : '';
  const string = (text: string) => `"${[...text].map(character).join('')}"`;
  const character = (point: string): string => {
    if (!random.chance(liberties.escape)) return JSON.stringify(point).slice(1, -1);
    if (point === '/' && random.chance(0.5)) return '\\/';
    const units = Array.from({ length: point.length }, (_, i) => point.charCodeAt(i));
    const hex = units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
    return random.chance(0.5) ? hex : hex.toUpperCase().replaceAll('\\U', '\\u');
  };
  const write = (part: Json): string => `${space()}${bare(part)}${space()}`;
  const bare = (part: Json): string => {
    if (part instanceof Raw) return part.text;
    if (typeof part === 'string') return string(part);
    if (Array.isArray(part)) return `[${part.map(write).join(',') || space()}]`;
    if (!(part instanceof Map)) return JSON.stringify(part);
    const sorted = [...part.keys()].sort();
    const names = random.chance(liberties.order) ? random.shuffled(sorted) : sorted;
    if (names.length > 0 && random.chance(liberties.repeat)) names.push(random.pick(names));
    const members = names.map(
      (name) => `${space()}${string(name)}${space()}:${write(part.get(name)!)}`,
    );
    return `{${members.join(',') || space()}}`;
  };
  return write(value);
}

const NUMBERS = [
  '0',
  '1',
  '-1',
  '9007199254740991',
  '-9007199254740991',
  '9007199254740992',
  '-9007199254740992',
  '9007199254740993',
  '-0',
  '0.0',
  '1.0',
  '1e0',
  '1E+2',
  '1e-1',
  '-0e1',
  '01',
  '+1',
  '.5',
  '1.',
  '0x10',
  '1e400',
  'NaN',
  'Infinity',
  '18446744073709551616',
  '100000000000000000000000000000000000000000',
];
const LITERALS = ['true', 'false', 'null', 'True', 'nul', 'nulll', 'undefined', "'a'", '', '/**/1'];
const STRINGS = [
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\ud83d\\ude00"',
  '"\\uD83Dx"',
  '"\\x41"',
  '"\\u12"',
  '"\t"',
  '"\u007f"',
  '"',
];
const NAMES = [
  'a',
  'b',
  '',
  '__proto__',
  'constructor',
  '1',
  '10',
  '2',
  'é',
  '\u20ac',
  '\ufb33',
  '\u{1F600}',
  '\ud7ff',
  '\ue000',
  '"',
  '\\',
  '\n',
  '\u2028',
];

/** A value of a few parts; now and then with something that is none. */
export function randomJson(random: Random, depth = 0): Json {
  const kind = random.below(depth > 3 ? 5 : 8);
  if (kind === 0) return random.pick([null, true, false]);
  if (kind === 1) return random.between(-1000, 1000);
  if (kind === 2) return nastyText(random);
  if (kind === 3) return `text ${random.below(1000)}`;
  if (kind === 4) return random.chance(0.3) ? randomRaw(random) : random.below(2 ** 32) * 2 ** 20;
  const count = random.below(5);
  if (kind === 5) return Array.from({ length: count }, () => randomJson(random, depth + 1));
  return new Map(
    Array.from({ length: count }, () => [randomName(random), randomJson(random, depth + 1)]),
  );
}

export function randomRaw(random: Random): Raw {
  const kind = random.weighed([
    [6, NUMBERS],
    [1, LITERALS],
    [2, STRINGS],
  ]);
  return new Raw(random.pick(kind));
}

export function randomName(random: Random): string {
  return random.chance(0.7) ? random.pick(NAMES) : nastyText(random, 3);
}

/** Containers inside one another, the innermost empty, alternating as the choices fall. */
export function nested(random: Random, depth: number): Json {
  let value: Json = random.pick([null, 1, 'x']);
  for (let i = 0; i < depth; i++) value = random.chance(0.5) ? [value] : new Map([['a', value]]);
  return value;
}
