/**
 * Which keys a schema knows at a path, and which of them a misspelt key was probably meant to be.
 */
import { z } from 'zod';

/** Keys of every object schema that `path` leads to (several, if a union is on the way). */
export function knownKeysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  let reached = expand(schema);
  for (const part of path) reached = reached.flatMap((one) => step(one, part)).flatMap(expand);
  return reached.flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : []));
}

/** The schema itself, or what optional, default, pipe, lazy and union wrappers hold. */
function expand(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(expand);
  if (schema instanceof z.ZodPipe) return expand(schema.in);
  if (schema instanceof z.ZodLazy) return expand(schema.unwrap());
  const wrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly;
  return wrapped ? expand(schema.def.innerType) : [schema];
}

function step(schema: z.core.$ZodType, part: PropertyKey): z.core.$ZodType[] {
  if (schema instanceof z.ZodArray) return [schema.element];
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  if (!(schema instanceof z.ZodObject)) return [];
  const member: z.core.$ZodType | undefined = schema.shape[String(part)];
  return member === undefined ? [] : [member];
}

/** The candidate within a few typing mistakes of `key`, if there is one. */
export function nearestKey(key: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(Math.min(key.length, 32) / 2));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const distance = editDistance(key.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance; both arguments are cut to 64 characters first. */
function editDistance(left: string, right: string): number {
  const a = left.slice(0, 64);
  const b = right.slice(0, 64);
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substituted, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
