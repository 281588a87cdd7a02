/**
 * Alerts with everything that tells of them: silences, routes, reminders, and for each sink a queue
 * with its courier.
 */
import type { Logger } from '#service/logging.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import { Alerts } from './alerts.ts';
import { Courier } from './courier.ts';
import { Outbox, orphans } from './outbox.ts';
import { Reminders } from './reminders.ts';
import { type RouteSettings, Routes } from './routes.ts';
import { Silences } from './silences.ts';
import type { Sink } from './sinks/sink.ts';

export interface AlertingSettings extends RouteSettings {
  readonly remind_every_ms: { readonly critical: number; readonly warning: number };
  readonly public_url?: string | undefined;
}

export interface AlertingOptions {
  readonly settings: AlertingSettings;
  readonly sinks: ReadonlyMap<string, Sink>;
  readonly db: SqliteDatabase;
  readonly logger: Logger;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
  /** Called after each commit. */
  readonly committed: () => void;
}

export class Alerting {
  readonly alerts: Alerts;
  readonly silences: Silences;
  readonly routes: Routes;
  /** In the order of the configuration. */
  readonly couriers: readonly Courier[];
  /** Where people find the monitor's page. */
  readonly publicUrl: string | undefined;
  readonly #reminders: Reminders;
  readonly #now: () => number;

  /** Throws `ConfigError`. */
  constructor({ settings, sinks, db, logger, now, committed }: AlertingOptions) {
    const names = [...sinks.keys()];
    this.routes = new Routes(settings, names);
    this.#reminders = new Reminders(settings.remind_every_ms, this.routes.stepsMs);
    this.#now = now;
    this.publicUrl = settings.public_url;
    this.couriers = [...sinks].map(([name, sink]) => {
      return new Courier(new Outbox(db, name, logger, settings.public_url), sink, logger);
    });
    this.silences = new Silences(db);
    this.alerts = new Alerts({
      db,
      silences: this.silences,
      logger,
      now,
      committed,
      announce: (event, alert) => {
        const recipients = this.routes.recipients(event, alert);
        for (const { name, outbox } of this.couriers) {
          if (recipients.has(name)) outbox.add(event, alert, now());
        }
      },
    });
    for (const [sink, waiting] of orphans(db, names)) {
      logger.warn({ sink, waiting }, 'messages wait for a sink that is not configured');
    }
  }

  /** Tells what is due of open alerts. */
  remind(): void {
    this.alerts.tell(this.#reminders.due(this.alerts.open(), this.#now(), monotonicMs()));
  }
}
