/**
 * The life of a role process: start, serve, drain once, end with an honest exit code.
 *
 * SIGTERM, SIGINT or SIGHUP drains (exit 0); a second signal, or a drain that takes too long, ends the
 * process at once. So does a fatal error (exit 1): stores are safe on a crash, so the supervisor
 * restarts into the same code path as after kill -9. A process started by another one over an IPC
 * channel also drains when that one is gone. To a service that can reload its files, SIGHUP says only
 * that.
 */
import { constants } from 'node:os';
import { ed25519Library } from '#crypto';
import type { Logger } from './logging.ts';
import { endProcess } from './threads.ts';

export interface RunningService {
  /** Stop accepting, finish what was begun, release the store. Called at most once. */
  close(): Promise<void>;
  /** Reads its files again: what SIGHUP then asks for, instead of a stop. Must not throw. */
  reload?(): void;
}

/**
 * Takes an error after which this process cannot go on: the storage fails, a thread has died, or what
 * is stored contradicts itself. In a process of its own that is `ServiceHost.fatal`.
 */
export type Fatal = (error: unknown) => void;

/** For a server inside another program: nobody is there to be told, so it must not go unnoticed. */
export const throwFatal: Fatal = (error) => {
  throw error;
};

export interface ServiceHost {
  /** This process cannot go on: logs the error and exits with code 1. Does not return. */
  fatal(error: unknown): never;
}

export interface RunOptions {
  logger: Logger;
  /** From the signal to the end, also while it still starts; 30 s if absent. */
  closeTimeoutMs?: number;
}

/**
 * Runs a service until the process ends. Rejects only if `start` does (a `ConfigError`, say);
 * a signal during `start` is obeyed as soon as it has finished, and ends the process when that takes too long.
 */
export async function runService(
  start: (host: ServiceHost) => Promise<RunningService>,
  options: RunOptions,
): Promise<never> {
  const { logger, closeTimeoutMs = 30_000 } = options;
  const fatal = (error: unknown): never => {
    logger.fatal({ err: error }, 'cannot go on');
    endProcess(1);
  };
  const stop = stopRequests(logger);
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);
  const limit = stop.requested.then(() => {
    return setTimeout(
      () => fatal(new Error(`not closed within ${closeTimeoutMs} ms`)),
      closeTimeoutMs,
    );
  });
  let service: RunningService;
  try {
    service = await start({ fatal });
  } catch (error) {
    stop.dispose();
    void limit.then(clearTimeout);
    process.off('uncaughtException', fatal);
    process.off('unhandledRejection', fatal);
    throw error;
  }
  if (service.reload !== undefined) stop.reloadInstead(service.reload);
  if (ed25519Library !== 'libsodium') {
    logger.warn(
      { library: ed25519Library },
      'sodium-native does not load here: Ed25519 is half as fast',
    );
  }
  await stop.requested;
  try {
    await service.close();
  } catch (error) {
    fatal(error);
  }
  logger.info('stopped');
  endProcess(0);
}

/** SIGHUP is sent when the terminal goes; Node.js would end at once. */
const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

interface StopRequests {
  readonly requested: Promise<void>;
  /** From now on SIGHUP calls this. */
  reloadInstead(reload: () => void): void;
  dispose(): void;
}

/** Listens for the reasons to stop: two signals, and the end of the parent process. */
function stopRequests(logger: Logger): StopRequests {
  const controller = new AbortController();
  const requested = new Promise<void>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      logger.warn({ signal: name }, 'second signal: ending at once');
      endProcess(128 + constants.signals[name]);
    }
    logger.info({ signal: name }, 'stopping');
    controller.abort();
  };
  const onDisconnect = (): void => {
    if (controller.signal.aborted) return;
    logger.warn('the parent process is gone: stopping');
    controller.abort();
  };
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  if (process.channel !== undefined) process.on('disconnect', onDisconnect);
  return {
    requested,
    reloadInstead: (reload) => {
      process.off('SIGHUP', onSignal);
      process.on('SIGHUP', reload);
    },
    dispose: () => {
      for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
      process.off('disconnect', onDisconnect);
    },
  };
}
