/**
 * Where messages about alerts are taken to: one interface for all of them, and what a sink brings
 * with it. Each is one file beside this one, and one line in `sinks.ts`.
 */
import type { z } from 'zod';
import type { FilePathSchema } from '#service/config.ts';

export interface Message {
  /** Another one whenever the body changes; never given twice. */
  readonly id: number;
  /** JSON: the event, how many changes it tells of, and the alert. */
  readonly body: string;
}

export type Outcome =
  | { readonly kind: 'taken' }
  /** This message will not be taken, however often it comes; another may. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nothing is taken at the moment. */
  | { readonly kind: 'away'; readonly reason: string; readonly retryAfterMs: number };

export interface Sink {
  /** Rejects only for failures of our own, or when the signal is aborted. */
  send(message: Message, signal: AbortSignal): Promise<Outcome>;
}

export interface SinkKind<Settings> {
  /** Of its settings in the monitor's configuration file. */
  readonly schema: (filePath: FilePathSchema) => z.ZodType<Settings>;
  /** Throws `ConfigError` for what the operator has to put right. */
  readonly open: (settings: Settings) => Sink;
}
