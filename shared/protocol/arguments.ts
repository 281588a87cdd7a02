/**
 * Checks of what a program passes to the protocol library, as opposed to bytes from elsewhere.
 *
 * Bytes of any kind give a verdict or a typed error of the format. A size, a time, a length or a
 * name that no caller can have meant is a mistake in a program: a TypeError when it is of the wrong
 * kind, a RangeError when it is out of range, never a verdict. NaN compares false with every limit, so
 * a limit that is not checked first is no limit.
 */
import { printable } from './printable.ts';

/** Throws unless `value` is an integer in `min` to `max`, 0 to 2^53-1 when they are omitted. */
export function checkInteger(
  value: unknown,
  name: string,
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
): asserts value is number {
  if (typeof value !== 'number') {
    throw new TypeError(`expected a number as ${name}, got ${kindOf(value)}`);
  }
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new RangeError(`expected an integer in ${min}..${max} as ${name}, got ${value}`);
  }
}

/** Throws unless `value` is bytes; with `length`, exactly that many. The bytes are never quoted. */
export function checkBytes(
  value: unknown,
  name: string,
  length?: number,
): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) {
    throw new TypeError(`expected bytes as ${name}, got ${kindOf(value)}`);
  }
  if (length !== undefined && value.length !== length) {
    throw new RangeError(`expected ${length} bytes as ${name}, got ${value.length}`);
  }
}

/** Throws unless `value` is a string. The text is never quoted. */
export function checkText(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') {
    throw new TypeError(`expected a string as ${name}, got ${kindOf(value)}`);
  }
}

/** Throws unless `value` is an object with no other members: one that is misspelt would count for nothing. */
export function checkMembers(
  value: unknown,
  name: string,
  members: readonly string[],
): asserts value is object {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`expected an object as ${name}, got ${kindOf(value)}`);
  }
  const unknown = Object.keys(value).find((member) => !members.includes(member));
  if (unknown === undefined) return;
  throw new TypeError(`expected ${members.join(', ')} in ${name}, got ${printable(unknown)}`);
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
