/**
 * A sink for alerts: one line of JSON for each message on standard output, among the lines of the log,
 * for whatever collects these. Its member `event` tells it from them.
 */
import { z } from 'zod';
import { errorCode } from '#service/errors.ts';
import { sleep } from '#service/schedule.ts';
import { away, type Message, type Outcome, type Sink, sinkKind, TAKEN } from './sink.ts';

const TIMEOUT_MS = 10_000;

export const stdout = sinkKind({
  settings: () => z.strictObject({}),
  open: () => new StandardOutput(),
});

class StandardOutput implements Sink {
  /** Written, and not yet taken by whoever reads: nothing else is written until it is. */
  #writing: { readonly body: string; readonly ended: Promise<Outcome> } | undefined;

  async send({ body }: Message, signal: AbortSignal): Promise<Outcome> {
    const before = this.#writing;
    if (before !== undefined && before.body !== body) return away('nobody reads it');
    this.#writing = before ?? { body, ended: write(`${body}\n`) };
    const waiting = new AbortController();
    const stopping = AbortSignal.any([signal, waiting.signal]);
    const late = sleep(TIMEOUT_MS, stopping).then(() => undefined);
    const outcome = await Promise.race([this.#writing.ended, late]);
    waiting.abort();
    signal.throwIfAborted();
    if (outcome === undefined) return away('nobody reads it');
    this.#writing = undefined;
    return outcome;
  }
}

function write(text: string): Promise<Outcome> {
  return new Promise((resolve) => {
    process.stdout.write(text, (error) => {
      resolve(error ? away(errorCode(error) ?? 'not written') : TAKEN);
    });
  });
}
