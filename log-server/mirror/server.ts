/**
 * A mirror as a service: follows a log, and serves what it has verified of it, for reading alone.
 *
 * `startMirror` is a whole mirror inside any process; `runMirror` is the process of its own.
 */
import type { Following } from '#service/following.ts';
import { createHttpService } from '#service/http.ts';
import { type Fatal, runService, throwFatal } from '#service/lifecycle.ts';
import { createLogger, type Logger } from '#service/logging.ts';
import { startListeners } from '#service/metrics-listener.ts';
import { politeSource } from '#service/polite-source.ts';
import { isWithoutQuorum, trustOf } from '#service/trust.ts';
import { createMirrorApp } from './app.ts';
import type { MirrorConfig } from './config.ts';
import { followLog } from './follow.ts';
import { createMirrorMetrics } from './metrics.ts';
import type { Mirror } from './mirror.ts';
import { openMirror } from './open.ts';
import { ServedCopy } from './served-copy.ts';

export interface MirrorDeps {
  /** JSON lines on standard output if absent. */
  readonly logger?: Logger;
  /** Called when the process cannot go on; throws the error if absent. */
  readonly fatal?: Fatal;
}

export interface RunningMirror {
  /** Where it is served, without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a mirror. Rejects with `ConfigError` for whatever the operator has to put right. */
export async function startMirror(
  config: MirrorConfig,
  deps: MirrorDeps = {},
): Promise<RunningMirror> {
  const logger = deps.logger ?? createLogger({ name: 'mirror', level: config.log_level });
  const onFatal = deps.fatal ?? throwFatal;
  const policy = trustOf(config);
  const { copy, mirror } = await openMirror(config.to, policy, { onLost: onFatal });
  try {
    const following = followLog({
      mirror,
      source: (signal) => politeSource({ url: config.from, timeoutMs: config.timeout_ms, signal }),
      intervalMs: config.interval_ms,
      logger,
      onFatal,
      now: Date.now,
    });
    const metrics = createMirrorMetrics(mirror, following);
    const files = new ServedCopy(mirror, copy);
    const readiness = () => whyNothingIsShown(mirror, following);
    const http = createHttpService({
      ...createMirrorApp({ config, files, readiness, logger, metrics }),
      logger,
      listen: config.listen,
      limits: { maxConnections: config.limits.connections },
      trustProxy: config.trust_proxy,
    });
    const listeners = await startListeners(http, { listen: config.metrics, metrics, logger });
    const { url } = listeners;
    if (isWithoutQuorum(policy)) {
      logger.warn('no quorum is checked: the signature of the log alone is believed');
    }
    const size = mirror.shown?.checkpoint.size;
    logger.info({ url, from: config.from, to: copy.name, size }, 'ready');
    following.start();
    return {
      url,
      close: async () => {
        await Promise.all([following.stop(), listeners.close()]);
        await copy.close();
      },
    };
  } catch (error) {
    await copy.close();
    throw error;
  }
}

/** A mirror is there to serve while its log is not, so nothing else keeps it from being ready. */
function whyNothingIsShown({ shown }: Mirror, { trouble }: Following): string | undefined {
  if (shown !== undefined) return undefined;
  return trouble?.message ?? 'nothing has been verified yet';
}

/** Runs a mirror as this process, until it is told to stop. Rejects if it cannot start. */
export async function runMirror(config: MirrorConfig): Promise<never> {
  const logger = createLogger({ name: 'mirror', level: config.log_level });
  return await runService(({ fatal }) => startMirror(config, { logger, fatal }), { logger });
}
