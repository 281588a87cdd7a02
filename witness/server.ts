/**
 * Puts a witness together and runs it: state, cosigner, HTTP and the comparison with its peers.
 *
 * `startWitness` is a whole witness inside any process; `runWitness` is the process of its own.
 */
import type { VerifierKey } from '#protocol/note/key.ts';
import { loadConfig } from '#service/config.ts';
import { createHttpService } from '#service/http.ts';
import { readSignerKey } from '#service/keys.ts';
import { runService } from '#service/lifecycle.ts';
import { createLogger, type Logger } from '#service/logging.ts';
import { repeat } from '#service/schedule.ts';
import { createAddCheckpoint } from './add-checkpoint.ts';
import { createWitnessApp } from './app.ts';
import { type WitnessConfig, witnessConfigSchema } from './config.ts';
import { createCosigner } from './cosigner.ts';
import { initWitness } from './init.ts';
import { createWitnessMetrics, type WitnessMetrics } from './metrics.ts';
import { PeerWatch } from './peer-watch.ts';
import { WitnessState } from './state.ts';
import { StorageHealth } from './storage-health.ts';

export interface WitnessDeps {
  /** JSON lines on standard output if absent. */
  logger?: Logger;
  /** Wall clock in Unix milliseconds; the system's if absent. */
  now?: () => number;
  /** Called when the process cannot go on; throws the error if absent. */
  fatal?: (error: unknown) => void;
}

export interface RunningWitness {
  /** Prefix of its endpoints, without a slash at the end. */
  readonly url: string;
  readonly name: string;
  readonly vkeys: readonly VerifierKey[];
  close(): Promise<void>;
}

/** Starts a witness. Rejects with `ConfigError` for whatever the operator has to put right. */
export async function startWitness(
  config: WitnessConfig,
  deps: WitnessDeps = {},
): Promise<RunningWitness> {
  const logger = deps.logger ?? createLogger({ name: 'witness', level: config.log_level });
  const fatal = deps.fatal ?? rethrow;
  const now = deps.now ?? Date.now;
  const cosigner = createCosigner(config.keys.map(readSignerKey));
  const logs = config.logs.map(({ vkey }) => vkey);
  const state = WitnessState.open(config.database, cosigner.verifiers, logs);
  try {
    const metrics = createWitnessMetrics(state, logs);
    const health = new StorageHealth(logger, fatal);
    const addCheckpoint = createAddCheckpoint({ state, cosigner, logs, metrics, logger, now });
    const { limits, listen, trust_proxy: trustProxy } = config;
    const parts = {
      state,
      addCheckpoint,
      cosigner,
      logs,
      limits,
      trustProxy,
      health,
      metrics,
      logger,
    };
    const http = createHttpService({ app: createWitnessApp(parts), logger, listen });
    const { url } = await http.start();
    const crossCheck = startCrossCheck(config, { state, metrics, health, logger, now });
    logger.info({ url, witness: cosigner.name, logs: logs.length }, 'ready');
    return {
      url,
      name: cosigner.name,
      vkeys: cosigner.verifiers,
      close: async () => {
        await Promise.all([crossCheck.stop(), http.close()]);
        state.close();
      },
    };
  } catch (error) {
    state.close();
    throw error;
  }
}

/**
 * Runs a witness as this process, until it is told to stop; with `init` it is a new one, whose
 * database is made first. Rejects if it cannot start.
 */
export async function runWitness(
  configPath: string,
  { init = false }: { init?: boolean } = {},
): Promise<never> {
  const config = loadConfig(configPath, witnessConfigSchema);
  if (init) initWitness(config);
  const logger = createLogger({ name: 'witness', level: config.log_level });
  return await runService(({ fatal }) => startWitness(config, { logger, fatal }), { logger });
}

function rethrow(error: unknown): never {
  throw error;
}

interface CrossCheckParts {
  readonly state: WitnessState;
  readonly metrics: WitnessMetrics;
  readonly health: StorageHealth;
  readonly logger: Logger;
  readonly now: () => number;
}

/** One loop for each peer, so that a peer that hangs delays no other. */
function startCrossCheck(config: WitnessConfig, parts: CrossCheckParts) {
  const { state, metrics, health, logger, now } = parts;
  const { interval_ms: intervalMs, timeout_ms: timeoutMs } = config.cross_check;
  const stopping = new AbortController();
  const loops = config.peers.map((peer) => {
    const { logs } = config;
    const watch = new PeerWatch({ peer, logs, state, metrics, logger, timeoutMs, now });
    const work = async (signal: AbortSignal): Promise<void> => {
      try {
        await watch.check(signal);
      } catch (error) {
        if (health.problemOf(error) === undefined) throw error;
      }
    };
    const name = `cross-check with ${peer.url}`;
    return repeat(work, { intervalMs, jitter: 0.2, signal: stopping.signal, logger, name });
  });
  return {
    stop: async (): Promise<void> => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}
