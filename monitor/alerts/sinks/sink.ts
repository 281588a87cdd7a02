/** Where messages about alerts are taken to, and what may come of it. */
import type { Message } from '../outbox.ts';

export type Outcome =
  | { readonly kind: 'taken' }
  /** This message will not be taken, however often it comes; another may. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nothing is taken at the moment. */
  | { readonly kind: 'away'; readonly reason: string; readonly retryAfterMs: number };

export interface Sink {
  /** For the log, the metrics and the page. */
  readonly name: string;
  /** Rejects only for failures of our own, or when the signal is aborted. */
  send(message: Message, signal: AbortSignal): Promise<Outcome>;
}
