/**
 * What a vector is, and how a file of them is written: one member a line, so that a reader and a diff can
 * follow. Requests and answers are those of docs/spec/verifier.md.
 */
import { encodeBase64 } from './bytes.ts';

export type Json = string | number | boolean | null | readonly Json[] | JsonMembers;
export interface JsonMembers {
  readonly [name: string]: Json | undefined;
}

export interface Case {
  readonly name: string;
  /** One sentence: the rule, with the section of the specification that says it. */
  readonly why: string;
  readonly request: JsonMembers;
  /** All of the answer, as the rule has it. */
  readonly answer: JsonMembers;
}

export interface Group {
  /** The name of the file without its ending. */
  readonly file: string;
  readonly description: string;
  /** Its texts are large and repeat themselves, so it is kept compressed. */
  readonly isLarge?: boolean;
  /** About an operation that an implementation may lack: in a folder of its own. */
  readonly isOptional?: boolean;
  readonly cases: readonly Case[];
}

/** The name of its file, in the folder of vectors. */
export function fileName({ file, isLarge, isOptional }: Group): string {
  return `${isOptional ? 'optional/' : ''}${file}.vectors.json${isLarge ? '.gz' : ''}`;
}

export function formatGroup({ description, cases }: Group): string {
  return `${JSON.stringify({ description, cases }, null, 1)}\n`;
}

/** A request about bytes: members that are bytes become base64, and what is undefined is left out. */
export function request(
  op: string,
  members: Readonly<Record<string, Json | Uint8Array | readonly Uint8Array[] | undefined>>,
): JsonMembers {
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  return { op, ...Object.fromEntries(present.map(([name, value]) => [name, inBase64(value)])) };
}

function inBase64(value: Json | Uint8Array | readonly Uint8Array[] | undefined): Json | undefined {
  if (value instanceof Uint8Array) return encodeBase64(value);
  if (Array.isArray(value)) return value.map((item) => inBase64(item) as Json);
  return value as Json | undefined;
}
