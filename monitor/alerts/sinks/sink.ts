/**
 * Where messages about alerts are taken to: one interface for all of them, and what a kind of sink
 * brings with it. Each is one file beside this one, and one line in `sinks.ts`.
 */
import type { z } from 'zod';
import type { FilePathSchema } from '#service/config.ts';
import type { Notice } from '../notice.ts';

export interface Message {
  /** Another one whenever the body changes; never given twice. */
  readonly id: number | string;
  /** The notice as JSON, in one line. */
  readonly body: string;
  readonly notice: Notice;
}

export type Outcome =
  | { readonly kind: 'taken' }
  /** This message will not be taken, however often it comes; another may. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nothing is taken at the moment. */
  | { readonly kind: 'away'; readonly reason: string; readonly retryAfterMs: number };

export const TAKEN: Outcome = { kind: 'taken' };

export function refused(reason: string): Outcome {
  return { kind: 'refused', reason };
}

export function away(reason: string, retryAfterMs = 0): Outcome {
  return { kind: 'away', reason, retryAfterMs };
}

export interface Sink {
  /**
   * Delivers one message, which may have been delivered before: a crash can come between the delivery
   * and its record. Ends within its own limit of time. Rejects only for failures of our own, or when
   * the signal is aborted. No reason holds a secret.
   */
  send(message: Message, signal: AbortSignal): Promise<Outcome>;
}

export interface SinkKind<Settings extends z.ZodObject = z.ZodObject> {
  /** Schema of its settings in the monitor's configuration file. */
  readonly settings: (filePath: FilePathSchema) => Settings;
  /** Throws `ConfigError` for what the operator has to put right. */
  readonly open: (settings: z.infer<Settings>) => Sink;
}

/** So that the settings of a kind are typed by its own schema. */
export function sinkKind<Settings extends z.ZodObject>(
  kind: SinkKind<Settings>,
): SinkKind<Settings> {
  return kind;
}
