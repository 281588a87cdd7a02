/**
 * What sinks are given to tell, as JSON: of an alert, that the monitor lives, or that this is a test.
 * A sink that speaks to programs passes the JSON on; one that speaks to people uses `notice-text.ts`.
 */
import { printableJson } from '#protocol/printable.ts';
import { z } from '#service/openapi.ts';
import type { AlertJson } from './alert-json.ts';
import type { AlertEvent } from './alerts.ts';

const timeSchema = z.int().openapi({ description: 'Unix milliseconds.' });

export const heartbeatSchema = z
  .strictObject({
    ok: z.boolean().openapi({ description: 'All is well, and all of it was checked.' }),
    at: timeSchema,
    started_at: timeSchema,
    unchecked: z
      .array(z.string())
      .readonly()
      .openapi({ description: 'What has not been checked, or no longer is.' }),
    problems: z.array(z.string()).readonly().openapi({ description: 'Of the monitor itself.' }),
    open_alerts: z.strictObject({ critical: z.int(), warning: z.int() }),
    logs: z
      .array(
        z.strictObject({
          origin: z.string(),
          size: z.int().optional().openapi({ description: 'Of the last valid checkpoint.' }),
          verified_size: z.int().openapi({ description: 'Size with every entry checked.' }),
          walked_size: z.int().openapi({ description: 'How far the walk is.' }),
        }),
      )
      .readonly(),
    witnesses: z.array(z.strictObject({ name: z.string(), answering: z.boolean() })).readonly(),
    evidence: z.int().openapi({ description: 'Pieces that are held.' }),
    ping: z
      .strictObject({ taken_at: timeSchema.optional(), failure: z.string().optional() })
      .optional()
      .openapi({ description: "Of the dead man's switch, if there is one." }),
  })
  .openapi('Heartbeat');

export type HeartbeatJson = z.infer<typeof heartbeatSchema>;

interface Common {
  /** When there was something to tell; Unix milliseconds. Absent in messages of older versions. */
  readonly at?: number;
  /** Where the monitor's page is. */
  readonly monitor?: string;
}

export interface AlertNotice extends Common {
  readonly event: AlertEvent;
  /** How many changes of the alert this tells of. */
  readonly changes: number;
  readonly alert: AlertJson;
}

export interface HeartbeatNotice extends Common {
  readonly event: 'heartbeat';
  readonly heartbeat: HeartbeatJson;
}

export interface TestNotice extends Common {
  readonly event: 'test';
  /** Through which it is told. */
  readonly sink: string;
  readonly text: string;
}

export type Notice = AlertNotice | HeartbeatNotice | TestNotice;

/** In one line, in which nothing steers a terminal. */
export function encodeNotice(notice: Notice): string {
  return printableJson(JSON.stringify(notice));
}

export function isAboutAlert(notice: Notice): notice is AlertNotice {
  return notice.event !== 'heartbeat' && notice.event !== 'test';
}
