/**
 * Puts a monitor together and runs it: state, watches, alerts, their sinks and HTTP.
 *
 * `startMonitor` is a whole monitor inside any process; `runMonitor` is the process of its own.
 */
import type { Policy } from '#protocol/policy/policy.ts';
import { loadConfig } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { createHttpService } from '#service/http.ts';
import { JudgingThreads } from '#service/judging/judging-threads.ts';
import { type Fatal, runService, throwFatal } from '#service/lifecycle.ts';
import { createLogger, type Logger } from '#service/logging.ts';
import { startListeners } from '#service/metrics-listener.ts';
import { operatorSocketPath, serveOperator } from '#service/operator.ts';
import { readPolicyFile } from '#service/policy-file.ts';
import { StorageHealth } from '#service/storage-health.ts';
import { Alerting } from './alerts/alerting.ts';
import type { Sink } from './alerts/sinks/sink.ts';
import { openSinks } from './alerts/sinks/sinks.ts';
import { createMonitorApp } from './app.ts';
import { openCanaries } from './canary/open.ts';
import { CanaryTable } from './canary/result-table.ts';
import { type MonitorConfig, monitorConfigSchema } from './config.ts';
import { GossipDesk } from './gossip/desk.ts';
import { Heartbeat } from './heartbeat/heartbeat.ts';
import { reportOf } from './heartbeat/report.ts';
import { Grace } from './judge/grace.ts';
import type { Limits } from './judge/judgement.ts';
import { startLoops } from './loops.ts';
import { createMonitorMetrics } from './metrics.ts';
import { createMonitorOperatorApp } from './operator/app.ts';
import { sideChecks } from './side-checks.ts';
import { statusStreams } from './status/events.ts';
import { readStatus } from './status/status.ts';
import { lackOfRoom } from './store/disk-room.ts';
import { MonitorState } from './store/state.ts';
import { LoopClock } from './watch/loop-clock.ts';
import { LogWatch } from './watch/watch-log.ts';
import { endpointsOf, WitnessEndpoint } from './watch/witnesses.ts';

export interface MonitorDeps {
  /** JSON lines on standard output if absent. */
  logger?: Logger;
  /** Wall clock in Unix milliseconds; the system's if absent. */
  now?: () => number;
  /** Called when the process cannot go on; throws the error if absent. */
  fatal?: Fatal;
}

export interface RunningMonitor {
  /** Prefix of its endpoints, without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a monitor. Rejects with `ConfigError` for whatever the operator has to put right. */
export async function startMonitor(
  config: MonitorConfig,
  deps: MonitorDeps = {},
): Promise<RunningMonitor> {
  const logger = deps.logger ?? createLogger({ name: 'monitor', level: config.log_level });
  const { policy, text: policyText } = readPolicyFile(config.policy);
  const sinks = openSinks(config);
  const state = MonitorState.open(config.database);
  try {
    const health = new StorageHealth(logger, deps.fatal ?? throwFatal);
    const now = deps.now ?? Date.now;
    const parts = assemble(config, policy, state, { logger, now, sinks, health });
    for (const watch of parts.watches) await watch.load();
    const { listen, trust_proxy: trustProxy } = config;
    const http = createHttpService({ app: parts.app, logger, listen, trustProxy });
    const { metrics } = parts;
    const listeners = await startListeners(http, { listen: config.metrics, metrics, logger });
    const { url } = listeners;
    const { watches, endpoints, alerting } = parts;
    const clock = new LoopClock();
    const { couriers } = alerting;
    const checks = sideChecks({ ...parts, config, policyText, couriers, clock, state });
    const loops = startLoops({ ...parts, config, checks, clock, logger, health });
    const operatorApp = createMonitorOperatorApp({ alerting, logger, now });
    const socket = operatorSocketPath(config.database);
    const operator = await serveOperator(socket, operatorApp, logger);
    logger.info({ url, logs: watches.length, witnesses: endpoints.length }, 'ready');
    return {
      url,
      close: async () => {
        parts.events.close();
        await Promise.all([loops.stop(), operator.close(), listeners.close()]);
        await parts.judge.close();
        state.close();
      },
    };
  } catch (error) {
    state.close();
    throw error;
  }
}

/** Runs a monitor as this process, until it is told to stop. Rejects if it cannot start. */
export async function runMonitor(configPath: string): Promise<never> {
  const config = loadConfig(configPath, monitorConfigSchema);
  const logger = createLogger({ name: 'monitor', level: config.log_level });
  return await runService(({ fatal }) => startMonitor(config, { logger, fatal }), { logger });
}

interface AssembleOptions {
  readonly logger: Logger;
  readonly now: () => number;
  readonly sinks: ReadonlyMap<string, Sink>;
  readonly health: StorageHealth;
}

function assemble(
  config: MonitorConfig,
  policy: Policy,
  state: MonitorState,
  { logger, now, sinks, health }: AssembleOptions,
) {
  const alerting = new Alerting({
    settings: config,
    sinks,
    db: state.db,
    logger,
    now,
    committed: () => health.succeeded(),
  });
  const { alerts, couriers } = alerting;
  const grace = new Grace();
  const limits = limitsOf(config);
  const judge = new JudgingThreads(config.entry_types, config.workers);
  const common = { policy, limits, judge, state, alerts, grace, logger, now };
  const watches = createWatches(config, common);
  const endpoints = createEndpoints(config, policy, { state, watches, logger });
  const storage = () => health.readiness() ?? lackOfRoom(config.database);
  const startedAtMs = now();
  const gossip = new GossipDesk(policy, watches);
  const table = new CanaryTable(state.db);
  const canaries = openCanaries(config.canary, { policy, logs: watches, table, alerts, now });
  const sources = {
    policy,
    watches,
    gossip,
    canaries,
    endpoints,
    alerts,
    state,
    couriers,
    storage,
    startedAtMs,
    now,
  };
  const status = () => readStatus(sources);
  const events = statusStreams(status);
  const heartbeat = new Heartbeat({
    settings: config.heartbeat,
    db: state.db,
    couriers,
    report: () => reportOf(status(), staleLookMs(config)),
    logger,
    now,
  });
  const metrics = createMonitorMetrics(status, events, heartbeat);
  const asked = () => {
    const all = [...watches.map(({ polled }) => polled), ...endpoints.map(({ reach }) => reach)];
    return all.every(({ asked }) => asked) ? undefined : 'not everybody has been asked yet';
  };
  const readiness = { 'first round': asked, storage };
  const { trust_proxy: trustProxy } = config;
  const app = createMonitorApp({
    alerts,
    state,
    gossip,
    health,
    status,
    heartbeat,
    events,
    readiness,
    metrics,
    metricsElsewhere: config.metrics !== undefined,
    explorer: config.explorer,
    trustProxy,
    logger,
  });
  return {
    app,
    metrics,
    events,
    judge,
    policy,
    watches,
    endpoints,
    alerts,
    alerting,
    canaries,
    heartbeat,
    grace,
    limits,
    now,
  };
}

function createWatches(
  config: MonitorConfig,
  common: Omit<
    ConstructorParameters<typeof LogWatch>[0],
    'origin' | 'url' | 'entryTypes' | 'entries' | 'timeoutMs'
  >,
): LogWatch[] {
  const urls = new Map<string, string>();
  for (const { key, url } of common.policy.logs) {
    if (url !== undefined && !urls.has(key.name)) urls.set(key.name, url);
  }
  if (urls.size === 0) {
    throw new ConfigError(`${config.policy} lists no log with a URL: there is nothing to watch.`);
  }
  return [...urls].map(
    ([origin, url]) =>
      new LogWatch({
        ...common,
        origin,
        url,
        entryTypes: config.entry_types,
        entries: config.entries,
        timeoutMs: config.timeout_ms,
        profile: config.receipts?.profile,
      }),
  );
}

interface EndpointParts {
  readonly state: MonitorState;
  readonly watches: readonly LogWatch[];
  readonly logger: Logger;
}

function createEndpoints(
  config: MonitorConfig,
  policy: Policy,
  { state, watches, logger }: EndpointParts,
): WitnessEndpoint[] {
  const byOrigin = new Map(watches.map((watch) => [watch.origin, watch]));
  return [...endpointsOf(policy)].map(
    ([url, witnesses]) =>
      new WitnessEndpoint({
        url,
        witnesses,
        policy,
        origins: [...byOrigin.keys()],
        timeoutMs: config.timeout_ms,
        logger,
        state,
        onView: (origin, view) => byOrigin.get(origin)?.testimony.observe(view, url),
        isKnown: (origin, accused, kind) => state.evidence.has(origin, accused, kind),
        onEvidence: (origin, evidence) =>
          byOrigin.get(origin)?.testimony.recordEvidence(evidence, `${url}/evidence`),
      }),
  );
}

/** A look that is older is none: by then a log that does not answer is an alert, and a loop hangs. */
function staleLookMs({ interval_ms, timeout_ms, down_after_ms: down }: MonitorConfig): number {
  return 60_000 + Math.max(down.log, down.witness) + 3 * (interval_ms + timeout_ms);
}

function limitsOf(config: MonitorConfig): Limits {
  const { stale_after_ms, down_after_ms } = config;
  return {
    staleCheckpointMs: stale_after_ms.checkpoint,
    staleWitnessMs: stale_after_ms.witness,
    downLogMs: down_after_ms.log,
    downWitnessMs: down_after_ms.witness,
    owedMs: config.owed_after_ms,
    behindMs: config.behind_after_ms,
    chainGapMs: config.chain_gap_after_ms,
    clockSkewMs: config.clock_skew_ms,
    graceMs: config.grace_ms,
  };
}
