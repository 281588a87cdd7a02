/**
 * A network in the background: the same command once more, in a process of its own, which reports over
 * an IPC channel how far it is, and that it is ready or why it is not.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { CommandError, EXIT, endingOf, unusable } from '#cli/lib/errors.ts';
import { displayPath, upOutputPath } from '#cli/lib/layout.ts';
import { describeFileError } from '#service/errors.ts';
import { NODE_ARGUMENTS } from './child.ts';
import type { StopSignals } from './life.ts';
import type { RunState } from './run-state.ts';
import { runNetwork, type SessionOptions } from './session.ts';

/** From the background process to the one that started it. */
type Message =
  | { readonly kind: 'step'; readonly text: string }
  | { readonly kind: 'ready'; readonly state: RunState }
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode: number };
type LastMessage = Exclude<Message, { kind: 'step' }>;

/** Aborts `stop` at the first request to end, and `kill` at the second. */
export function stopSignals(): StopSignals {
  const stop = new AbortController();
  const kill = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) kill.abort();
      stop.abort();
    });
  }
  return { stop: stop.signal, kill: kill.signal };
}

/**
 * Starts the background process and waits until it is ready. Throws `CommandError` with what it had to
 * say if it does not get so far.
 */
export async function launch(
  options: SessionOptions,
  onStep: (text: string) => void,
): Promise<RunState> {
  const outputPath = upOutputPath(options.data);
  const output = openOutput(outputPath);
  const args = [...NODE_ARGUMENTS, 'up', '--background', '--data', options.data];
  if (options.port !== undefined) args.push('--port', String(options.port));
  if (options.witnesses !== undefined) args.push('--witnesses', String(options.witnesses));
  if (options.postgres !== undefined) args.push('--postgres', options.postgres);
  if (!options.restart) args.push('--no-restart');
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', output, output, 'ipc'],
    detached: true,
  });
  closeSync(output);
  const { stop } = stopSignals();
  stop.addEventListener('abort', () => child.kill('SIGTERM'));
  const message = await new Promise<LastMessage>((settle) => {
    child.on('message', (value) => {
      const said = value as Message;
      if (said.kind === 'step') onStep(said.text);
      else settle(said);
    });
    child.once('error', ({ message }) => settle(failure(message)));
    child.once('exit', () => {
      const log = displayPath(outputPath);
      settle(failure(stop.aborted ? 'Stopped before it was ready.' : `It ended; see ${log}.`));
    });
  });
  if (message.kind === 'failed') throw new CommandError(message.message, message.exitCode);
  child.disconnect();
  child.unref();
  return message.state;
}

function failure(message: string): LastMessage {
  return { kind: 'failed', message, exitCode: EXIT.failed };
}

function openOutput(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    throw unusable(`Cannot write ${displayPath(path)}: ${describeFileError(error)}.`);
  }
}

/** The background process: speaks over the channel until it is ready, into its log file after. */
export async function runInBackground(options: SessionOptions): Promise<void> {
  let isReporting = true;
  const report = (message: LastMessage): void => {
    if (!isReporting) return;
    isReporting = false;
    process.send?.(message, () => process.disconnect());
  };
  process.on('disconnect', () => {
    isReporting = false;
  });
  try {
    await runNetwork(options, stopSignals(), {
      onStep: (text) => {
        if (isReporting) process.send?.({ kind: 'step', text } satisfies Message);
      },
      onReady: ({ state }) => report({ kind: 'ready', state }),
    });
  } catch (error) {
    report({ kind: 'failed', ...endingOf(error) });
    throw error;
  }
}
