/**
 * Runs a command as if this program were not there, and hashes what goes in and what comes out.
 *
 * Bytes pass unchanged and as they come, each side no faster than the other. Standard error is the
 * command's own. The result is there when the command has ended and its output has been closed by
 * everybody who had it, as at the end of any pipeline.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import { CommandError } from '#cli/lib/errors.ts';
import { say } from '#cli/lib/print.ts';
import { describeFileError, errorCode } from '#service/errors.ts';
import { InputFeed } from './input-feed.ts';
import { openPipes } from './pipes.ts';

export interface PassThrough {
  /** As a shell reports it: the command's own, or 128 + the number of the signal that ended it. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
  /** SHA-256 of what the command read from standard input. */
  readonly inputHash: Uint8Array;
  /** SHA-256 of what it wrote to standard output. */
  readonly outputHash: Uint8Array;
  /** Whether all of the output could be handed on. */
  readonly outputDelivered: boolean;
}

/** What shells answer when a command is not found, or cannot be executed. */
export const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const SIGNALS = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const;
const SILENCE_MS = 2000;

/** Runs the command. Throws `CommandError` with the exit code of a shell if it cannot be started. */
export async function passThrough(command: string, args: readonly string[]): Promise<PassThrough> {
  const { input, output } = await openPipes();
  const child = spawn(command, args, { stdio: [input.read, output.write, 'inherit'] });
  closeSync(output.write);
  const feed = new InputFeed(process.stdin, input);
  const stopForwarding = forwardSignals(child);
  const delivery = deliverOutput(output.read);
  const ended = waitForEnd(child, command).finally(() => {
    stopForwarding();
    feed.close();
  });
  feed.start();
  const { code, signal } = await ended;
  const interrupted = await waitForRest(delivery);
  const { hash: outputHash, delivered } = await delivery.done;
  const exitCode = interrupted ?? code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  return { exitCode, signal, inputHash: feed.hash(), outputHash, outputDelivered: delivered };
}

function waitForEnd(child: ChildProcess, command: string) {
  return new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', (error) => {
      const missing = errorCode(error) === 'ENOENT';
      const reason = missing ? 'command not found' : describeFileError(error);
      const exitCode = missing ? NOT_FOUND : NOT_EXECUTABLE;
      reject(new CommandError(`Cannot run ${command}: ${reason}.`, exitCode));
    });
  });
}

interface Delivery {
  readonly done: Promise<{ readonly hash: Uint8Array; readonly delivered: boolean }>;
  /** Gives up what is still to come. */
  readonly abandon: () => void;
}

/** Copies the pipe to standard output until its end, or until nobody takes it any more. */
function deliverOutput(fd: number): Delivery {
  const hash = createHash('sha256');
  const reader = new Socket({ fd, readable: true, writable: false });
  let delivered = true;
  const onLost = (): void => {
    // The command gets EPIPE or SIGPIPE, as it would without us.
    delivered = false;
    reader.destroy();
  };
  const done = new Promise<Awaited<Delivery['done']>>((resolve) => {
    process.stdout.once('error', onLost);
    reader.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      if (process.stdout.write(chunk)) return;
      reader.pause();
      process.stdout.once('drain', () => reader.resume());
    });
    reader.once('error', onLost);
    reader.once('close', () => {
      // Called after whatever has been written before, and its errors.
      process.stdout.write('', () => {
        process.stdout.off('error', onLost);
        resolve({ hash: new Uint8Array(hash.digest()), delivered });
      });
    });
  });
  return { done, abandon: onLost };
}

/**
 * What a command leaves running may hold its output for ever. A signal ends the wait for that, and is
 * then what there is to report: 128 + its number.
 */
async function waitForRest({ done, abandon }: Delivery): Promise<number | undefined> {
  let exitCode: number | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    exitCode = 128 + constants.signals[name];
    abandon();
  };
  const notice = setTimeout(
    () => say('the command has ended; waiting until its output is closed (Ctrl-C: no receipt) ...'),
    SILENCE_MS,
  );
  for (const name of SIGNALS) process.once(name, onSignal);
  try {
    await done;
    return exitCode;
  } finally {
    clearTimeout(notice);
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}

/**
 * Signals to this process are for the command. A terminal sends Ctrl-C to both, and the command
 * must not get it twice.
 */
function forwardSignals(child: ChildProcess): () => void {
  const isFromTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const handlers = SIGNALS.map((name) => {
    const byTerminal = isFromTerminal && (name === 'SIGINT' || name === 'SIGQUIT');
    const handler = (): void => {
      if (!byTerminal) child.kill(name);
    };
    process.on(name, handler);
    return [name, handler] as const;
  });
  return () => {
    for (const [name, handler] of handlers) process.off(name, handler);
  };
}
