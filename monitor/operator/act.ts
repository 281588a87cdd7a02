/** Who does something, and why: what every command that changes something says of itself. */
import { z } from 'zod';

/** One line, as it is shown wherever alerts are. */
const line = (maximum: number) =>
  z
    .string()
    .max(maximum, `expected at most ${maximum} characters`)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'expected one line');

export const actKeys = { by: line(100).min(1, 'expected a name'), note: line(500) };

export const actSchema = z.strictObject(actKeys);
