/**
 * Which sinks are told of which alert: routes by severity, kind and log, and the ladder of those who
 * are told too when nobody has acknowledged a critical alert for some time.
 *
 * What no route is for goes to every sink that does not wait on the ladder, so that nothing is lost
 * between routes.
 */
import { z } from 'zod';
import { ConfigError } from '#service/errors.ts';
import { ALERT_KINDS, type AlertKind } from '../judge/alert-kinds.ts';
import type { Alert } from './alert-table.ts';
import type { AlertEvent } from './alerts.ts';
import { sinkName } from './sinks/sinks.ts';

const MAX_DELAY_MS = 7 * 24 * 3_600_000;
const sinkNames = () => z.array(sinkName()).min(1).max(20);

/** For the top level of the configuration's schema. */
export function routeKeys() {
  return {
    /** An alert goes to the sinks of each route that it fits. Without any: to all. */
    routes: z
      .array(
        z.strictObject({
          sinks: sinkNames(),
          severity: z.enum(['critical', 'warning']).optional(),
          kinds: z
            .array(z.enum(Object.keys(ALERT_KINDS) as AlertKind[]))
            .min(1)
            .optional(),
          origins: z.array(z.string().min(1)).min(1).max(1000).optional(),
        }),
      )
      .max(50)
      .default([]),
    /** Who is told too of a critical alert that nobody has acknowledged, and after how long. */
    escalation: z
      .array(z.strictObject({ after_ms: z.int().min(50).max(MAX_DELAY_MS), sinks: sinkNames() }))
      .max(10)
      .refine(
        (steps) => steps.every(({ after_ms: ms }, i) => i === 0 || ms > steps[i - 1]!.after_ms),
        'expected steps in the order of their times',
      )
      .default([]),
  };
}

export type RouteSettings = z.infer<z.ZodObject<ReturnType<typeof routeKeys>>>;

export class Routes {
  /** When each step of the ladder is due, in milliseconds since the alert was told first. */
  readonly stepsMs: readonly number[];
  /** Sinks that are told at once of whatever no route is for. */
  readonly regular: readonly string[];
  readonly #settings: RouteSettings;

  /** Throws `ConfigError` for a sink that is not there, or that nothing would ever be told. */
  constructor(settings: RouteSettings, sinks: readonly string[]) {
    const { routes, escalation } = settings;
    for (const name of [...routes, ...escalation].flatMap((one) => one.sinks)) {
      if (!sinks.includes(name)) throw new ConfigError(`There is no sink "${name}".`);
    }
    const isRouted = (name: string) => routes.some((route) => route.sinks.includes(name));
    const waits = (name: string) => escalation.some((step) => step.sinks.includes(name));
    this.regular = sinks.filter((name) => isRouted(name) || !waits(name));
    if (this.regular.length === 0 && sinks.length > 0) {
      throw new ConfigError(
        'Every sink waits on the ladder: none would be told of an alert at once.',
      );
    }
    this.#settings = settings;
    this.stepsMs = escalation.map(({ after_ms: ms }) => ms);
  }

  /** Names of the sinks that are told of an event. */
  recipients(event: AlertEvent, alert: Alert): Set<string> {
    const { escalation } = this.#settings;
    // Those of the step that was taken just now; the others know.
    if (event === 'escalated') return new Set(escalation[alert.escalated - 1]?.sinks);
    const climbed = escalation.slice(0, alert.escalated).flatMap(({ sinks }) => sinks);
    return new Set([...this.#routed(alert), ...climbed]);
  }

  #routed({ kind, severity, origin }: Alert): readonly string[] {
    const fitting = this.#settings.routes.filter(
      (route) =>
        (route.severity ?? severity) === severity &&
        (route.kinds?.includes(kind) ?? true) &&
        (route.origins?.includes(origin) ?? true),
    );
    return fitting.length === 0 ? this.regular : fitting.flatMap(({ sinks }) => sinks);
  }
}
