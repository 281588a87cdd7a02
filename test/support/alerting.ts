/** Alerts with sinks that keep what they are told, on a database and a clock of the test's own. */
import { join } from 'node:path';
import { z } from 'zod';
import { Alerting } from '#monitor/alerts/alerting.ts';
import { reminderKeys } from '#monitor/alerts/reminders.ts';
import { routeKeys } from '#monitor/alerts/routes.ts';
import type { Sink } from '#monitor/alerts/sinks/sink.ts';
import { judgementsAbout } from '#monitor/judge/judgement.ts';
import { MonitorState } from '#monitor/store/state.ts';
import { createLogger } from '#service/logging.ts';
import { tempFolder } from './temp.ts';

export const ORIGIN = 'log.example/test';
export const about = judgementsAbout(ORIGIN);
const schema = z.strictObject({ ...routeKeys(), ...reminderKeys() });

export interface AlertingSetup {
  readonly folder?: string;
  readonly settings?: Record<string, unknown>;
  readonly sinks?: readonly string[];
  readonly clock?: { nowMs: number };
}

export const HOUR_MS = 3_600_000;

export function openAlerting(setup: AlertingSetup = {}) {
  const { settings = {}, sinks = ['team', 'phone', 'boss'], clock = { nowMs: 1e12 } } = setup;
  const folder = setup.folder ?? tempFolder();
  const state = MonitorState.open(join(folder, 'monitor.db'));
  const told: string[] = [];
  const sinkOf = (name: string): Sink => ({
    send: async ({ notice }) => {
      const kind = 'alert' in notice ? ` ${notice.alert.kind}` : '';
      told.push(`${name}: ${notice.event}${kind}`);
      return { kind: 'taken' };
    },
  });
  const alerting = new Alerting({
    settings: schema.parse(settings),
    sinks: new Map(sinks.map((name) => [name, sinkOf(name)])),
    db: state.db,
    logger: createLogger({ name: 'monitor', level: 'silent' }),
    now: () => clock.nowMs,
    committed: () => undefined,
  });
  const { alerts, silences } = alerting;
  return {
    folder,
    clock,
    alerting,
    alerts,
    silences,
    act: (note = '') => ({ by: 'ada', note, atMs: clock.nowMs }),
    /** What has been told since it was asked last, without reminders being due. */
    told: async () => {
      for (const courier of alerting.couriers) await courier.deliver(new AbortController().signal);
      return told.splice(0);
    },
    /** The same after all that is due has been told. */
    reminded: async () => {
      for (let i = 0; i < 10; i++) alerting.remind();
      for (const courier of alerting.couriers) await courier.deliver(new AbortController().signal);
      return told.splice(0);
    },
    close: () => state.close(),
  };
}

/** A judgement that convicts, with the evidence for it. */
export function proven(evidence: string, detail = 'two trees') {
  return { ...about.bad('log-contradiction', '', detail, 0), evidence: [evidence] };
}
