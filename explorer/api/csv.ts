/** Answers that are CSV, and how times stand in them. */
import type { ServiceContext } from '#service/app.ts';

/** ISO 8601 in UTC; the number itself where no calendar has it. */
export function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}

/** As a file of this name. */
export function answerCsv(c: ServiceContext, name: string, text: string): Response {
  return c.body(text, 200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${name}"`,
    'cache-control': 'no-store',
  });
}
