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
