/**
 * Requests of `--lines` (docs/spec/verifier.md, section 2), read member by member, and the short answers to
 * those that get no result.
 */
import { decodeBase64 } from '#protocol/base64.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#protocol/json/canonical.ts';
import { HASH_BYTES } from '#protocol/merkle/hash.ts';
import { FormatError } from '../format-error.ts';

/** A request that was parsed as JSON, which does not have to be canonical. */
export type Request = JsonObject;

/** Ends an operation: `answer` is all that is to be said. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly answer: JsonObject;

  constructor(error: string, field?: string) {
    super(error);
    this.answer = field === undefined ? { error } : { error, field };
  }
}

export function badRequest(): Refusal {
  return new Refusal('bad-request');
}

/** The result of `step`; what is wrong with a text is answered with its code. */
export function orRefuse<T>(step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (cause instanceof FormatError) throw new Refusal(cause.code);
    throw cause;
  }
}

export function asBytes(value: JsonValue | undefined, length?: number): Uint8Array {
  const text = asText(value);
  try {
    return decodeBase64(text, length);
  } catch (error) {
    if (error instanceof ProtocolError) throw badRequest();
    throw error;
  }
}

export function asText(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  throw badRequest();
}

export function asArray(value: JsonValue | undefined): JsonValue[] {
  if (Array.isArray(value)) return value;
  throw badRequest();
}

export function asTexts(value: JsonValue | undefined): string[] {
  return asArray(value).map(asText);
}

export function asObject(value: JsonValue | undefined): JsonObject {
  if (isJsonObject(value)) return value;
  throw badRequest();
}

export function asInteger(value: JsonValue | undefined): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw badRequest();
}

/** A size or an index of a tree: 0 to 2^53-1. */
export function asCount(value: JsonValue | undefined): number {
  const count = asInteger(value);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw badRequest();
}

export function asHash(value: JsonValue | undefined): Uint8Array {
  return asBytes(value, HASH_BYTES);
}

export function asHashes(value: JsonValue | undefined): Uint8Array[] {
  return asArray(value).map(asHash);
}
