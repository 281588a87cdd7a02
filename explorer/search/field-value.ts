/** The values of fields in the search box, and what is said of a word that cannot be meant. */
import { nearestName } from '#protocol/nearest.ts';
import { FIELDS, type FilterName, fieldOf } from './fields.ts';
import { quoted, SpellingError } from './spellings.ts';

/** What is known where the box stands. */
export interface BoxContext {
  /** Origins of the logs that can be searched. */
  readonly logs: readonly string[];
}

/** A filter and its value, or one of its values. */
export type Found = readonly [FilterName, unknown];

/** A word that cannot be meant. */
export class Misunderstanding extends Error {
  override readonly name = 'Misunderstanding';
  readonly parameter: string | undefined;
  /** What was likely meant. */
  readonly better: Found | undefined;

  constructor(message: string, better?: Found, parameter?: string) {
    super(message);
    this.better = better;
    this.parameter = parameter;
  }
}

/** Throws `Misunderstanding`. */
export function readField(name: FilterName, value: string): Found {
  const { parameter, read: readValue } = fieldOf(name);
  try {
    return [name, readValue(value)];
  } catch (error) {
    if (!(error instanceof SpellingError)) throw error;
    const { message, better } = error;
    const found: Found | undefined = better === undefined ? undefined : [name, readValue(better)];
    throw new Misunderstanding(message, found, parameter);
  }
}

/** Throws `Misunderstanding` for a log that is not there. */
export function readLog(origin: string, { logs }: BoxContext): Found {
  if (logs.includes(origin)) return ['log', origin];
  const nearest = nearestName(origin, logs);
  const better: Found | undefined = nearest === undefined ? undefined : ['log', nearest];
  const message = `expected one of the logs that are read here, got ${quoted(origin)}`;
  throw new Misunderstanding(message, better, FIELDS.log.parameter);
}
