/**
 * Puts a witness together and runs it: state, cosigner, HTTP and the loops of the cross-check.
 *
 * `startWitness` is a whole witness inside any process; `runWitness` is the process of its own.
 */
import type { VerifierKey } from '#protocol/note/key.ts';
import { loadConfig } from '#service/config.ts';
import { createHttpService } from '#service/http.ts';
import { type Fatal, runService, throwFatal } from '#service/lifecycle.ts';
import { createLogger, type Logger } from '#service/logging.ts';
import { startListeners } from '#service/metrics-listener.ts';
import { operatorSocketPath, serveOperator } from '#service/operator.ts';
import { StorageHealth } from '#service/storage-health.ts';
import { createAddCheckpoint, resultOf } from './add-checkpoint.ts';
import { createWitnessApp } from './app.ts';
import { Bastions } from './bastion/links.ts';
import { type WitnessConfig, witnessConfigSchema } from './config.ts';
import { startCrossCheck } from './cross-check.ts';
import { RollbackGuard } from './guard/guard.ts';
import { initWitness } from './init.ts';
import { KeyRing } from './keys/ring.ts';
import { openSigner } from './keys/sources.ts';
import { startFollowing } from './logs/following.ts';
import { createWitnessMetrics } from './metrics.ts';
import { createWitnessOperatorApp } from './operator/app.ts';
import { PeerBook } from './peer-book.ts';
import { createSignSubtree } from './sign-subtree.ts';
import { WitnessState } from './state.ts';

export interface WitnessDeps {
  /** JSON lines on standard output if absent. */
  logger?: Logger;
  /** Wall clock in Unix milliseconds; the system's if absent. */
  now?: () => number;
  /** Called when the process cannot go on; throws the error if absent. */
  fatal?: Fatal;
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
  const fatal = deps.fatal ?? throwFatal;
  const now = deps.now ?? Date.now;
  const configured = config.keys.map(openSigner);
  const keys = configured.map(({ verifier }) => verifier);
  const state = WitnessState.open(config.database, keys);
  try {
    const ring = new KeyRing({ table: state.keys, configured, logger, now });
    const { cosigner } = ring;
    followConfigured(config, state, logger, now);
    const metrics = createWitnessMetrics(state);
    const health = new StorageHealth(logger, fatal);
    const { bastions, limits, listen, trust_proxy: trustProxy } = config;
    const keyFiles = config.keys.filter((source) => typeof source === 'string');
    const links = new Bastions({ bastions, keyFiles, metrics: metrics.metrics, logger, now });
    const patienceMs = config.cross_check.patience_ms;
    const { interval_ms: intervalMs, timeout_ms: timeoutMs } = config.cross_check;
    const guard = new RollbackGuard({
      ...{ state, cosigner, peers: config.peers, intervalMs, timeoutMs, logger, now },
    });
    const addCheckpoint = createAddCheckpoint({
      state,
      cosigner,
      guard,
      patienceMs,
      metrics,
      logger,
      now,
    });
    const peers = new PeerBook();
    const { app, direct } = createWitnessApp({
      state,
      peers,
      now,
      startedAtMs: now(),
      addCheckpoint,
      signSubtree: createSignSubtree({ state, cosigner, metrics }),
      cosigner,
      seenWitnesses: config.peers.map(({ vkeys }) => vkeys[0]!.name),
      limits,
      prefixes: config.prefixes,
      trustProxy,
      patienceMs,
      bastions: () => links.states,
      health,
      metrics,
      metricsElsewhere: config.metrics !== undefined,
      logger,
    });
    const http = createHttpService({ app, direct, logger, listen, trustProxy });
    const listeners = await startListeners(http, {
      listen: config.metrics,
      metrics: metrics.metrics,
      logger,
    });
    const { url } = listeners;
    const operatorApp = createWitnessOperatorApp({
      ...{ state, patienceMs, logger, now },
      running: { ring, cosigner, guard, timeoutMs },
    });
    const socket = operatorSocketPath(config.database);
    const operator = await serveOperator(socket, operatorApp, logger);
    links.start(app, direct);
    const crossCheck = startCrossCheck(config, {
      ...{ state, guard, metrics, peers, health, logger, now },
    });
    const following = startFollowing({
      logs: state.logs,
      sizeOf: (origin) => state.log(origin).size,
      offer: async (body) => resultOf(await addCheckpoint(body)),
      count: (result) => metrics.feeds.inc({ result }),
      feeds: config.feeds,
      lists: config.log_lists,
      health,
      logger,
      now,
    });
    logger.info({ url, witness: cosigner.name, logs: state.logs.enabled().length }, 'ready');
    return {
      url,
      name: cosigner.name,
      vkeys: cosigner.active,
      close: async () => {
        await Promise.all([
          crossCheck.stop(),
          following.stop(),
          links.stop(),
          operator.close(),
          listeners.close(),
        ]);
        state.close();
      },
    };
  } catch (error) {
    state.close();
    throw error;
  }
}

/** Takes over the logs of the configuration, and says where it is not obeyed. */
function followConfigured(
  config: WitnessConfig,
  state: WitnessState,
  logger: Logger,
  now: () => number,
): void {
  for (const { message, ...fields } of state.logs.configure(config.logs, now())) {
    logger.warn(fields, message);
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
