/** A sink of alerts that appends to a file: a second one, added to the monitor as any other is. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { SinkKind } from '#monitor/alerts/sinks/sink.ts';

/** Away while the folder of its file is. */
export const file: SinkKind<{ path: string }> = {
  schema: (filePath) => z.strictObject({ path: filePath }),
  open: ({ path }) => ({
    send: async ({ body }) => {
      if (!existsSync(dirname(path))) {
        return { kind: 'away', reason: 'no such folder', retryAfterMs: 0 };
      }
      appendFileSync(path, `${body}\n`);
      return { kind: 'taken' };
    },
  }),
};

/** The messages in it. */
export function readSink(path: string): { event: string; alert: { kind: string } }[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}
