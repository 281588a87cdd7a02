/**
 * Canonical JSON (docs/spec/receipt.md section 3) as the vectors write it, and the means to write what is not.
 */
import { utf8 } from './bytes.ts';
import type { Json } from './case.ts';

/** JSON text that is put in as it stands, where no value of JavaScript would come out so. */
export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Loose = Json | Raw | undefined | readonly Loose[] | LooseMembers;
export interface LooseMembers {
  readonly [name: string]: Loose;
}

/** Sorted by UTF-16 code units, without white space; members that are undefined are left out. */
export function canonicalText(value: Loose): string {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = value as LooseMembers;
  const names = Object.keys(members).filter((name) => members[name] !== undefined);
  const written = names
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalText(members[name])}`);
  return `{${written.join(',')}}`;
}

/** So many arrays in one another. */
export const nestedArrays = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

/** So many objects in one another, and this in the innermost. */
export const nestedObjects = (levels: number, value = '0') =>
  `${'{"a":'.repeat(levels)}${value}${'}'.repeat(levels)}`;

export function canonicalBytes(value: Loose): Uint8Array {
  return utf8(canonicalText(value));
}
