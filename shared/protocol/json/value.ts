/**
 * The JSON that this protocol speaks: its values and its limits (docs/spec/receipt.md section 3).
 *
 * RFC 8785 canonical JSON narrowed until nothing is left to interpretation: integers only, valid
 * Unicode only, bounded depth and size.
 */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

/** Objects and arrays inside one another, the outermost counted as 1. */
export const MAX_JSON_DEPTH = 16;
/** Default limit of a text, in bytes of UTF-8. */
export const MAX_JSON_BYTES = 8192;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
