/**
 * Reads JSON that a server sent as what it must be, or says where it is not: each reader returns a typed value or
 * throws `ShapeError`. Everything has a limit. Members that are not asked for are left out.
 */

export class ShapeError extends Error {
  override readonly name = 'ShapeError';
  /** Where in the answer, such as `entries[3].proof`; empty for the whole. */
  readonly path: string;
  readonly expected: string;

  constructor(path: string, expected: string) {
    super(`expected ${expected} at ${path === '' ? 'the top' : path}`);
    this.path = path;
    this.expected = expected;
  }
}

export type Read<T> = (value: unknown, path: string) => T;

export function text(maxLength: number): Read<string> {
  return (value, path) => {
    if (typeof value === 'string' && value.length <= maxLength) return value;
    throw new ShapeError(path, `text of at most ${maxLength} characters`);
  };
}

export function oneOf<T extends string>(...words: readonly T[]): Read<T> {
  return (value, path) => {
    const word = words.find((known) => known === value);
    if (word !== undefined) return word;
    throw new ShapeError(path, words.join(' or '));
  };
}

export const flag: Read<boolean> = (value, path) => {
  if (typeof value === 'boolean') return value;
  throw new ShapeError(path, 'true or false');
};

/** From 0 to 2^53-1. */
export const integer: Read<number> = (value, path) => {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new ShapeError(path, 'an integer from 0 to 2^53-1');
};

/** What an entry says of itself may be any integer. */
export const anyInteger: Read<number> = (value, path) => {
  if (Number.isSafeInteger(value)) return value as number;
  throw new ShapeError(path, 'an integer');
};

/** To be read later. */
export const anything: Read<unknown> = (value) => value;

export function list<T>(of: Read<T>, maxLength: number): Read<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length > maxLength) {
      throw new ShapeError(path, `a list of at most ${maxLength}`);
    }
    return value.map((item, i) => of(item, `${path}[${i}]`));
  };
}

type Members = Readonly<Record<string, Read<unknown>>>;
type Values<M extends Members> = {
  readonly [K in keyof M]: M[K] extends Read<infer T> ? T : never;
};

export function object<R extends Members, O extends Members = Record<never, never>>(
  required: R,
  optional?: O,
): Read<Values<R> & Partial<Values<O>>> {
  return (value, path) => {
    const members = asRecord(value, path);
    const place = (name: string) => (path === '' ? name : `${path}.${name}`);
    const own = (name: string) => (Object.hasOwn(members, name) ? members[name] : undefined);
    const read = Object.entries(required).map(([name, of]) => [name, of(own(name), place(name))]);
    const present = Object.entries(optional ?? {})
      .filter(([name]) => own(name) !== undefined)
      .map(([name, of]) => [name, of(own(name), place(name))]);
    return Object.fromEntries([...read, ...present]);
  };
}

/** Values by names that are not known before. */
export function record<T>(of: Read<T>, maxMembers: number): Read<Readonly<Record<string, T>>> {
  return (value, path) => {
    const members = Object.entries(asRecord(value, path));
    if (members.length > maxMembers) throw new ShapeError(path, `at most ${maxMembers} members`);
    return Object.fromEntries(members.map(([name, item]) => [name, of(item, `${path}[${name}]`)]));
  };
}

function asRecord(value: unknown, path: string): Record<string, unknown> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isObject) return value as Record<string, unknown>;
  throw new ShapeError(path, 'an object');
}
