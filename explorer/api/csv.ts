/** Answers that are CSV. */
import type { ServiceContext } from '#service/app.ts';

/** As a file of this name. */
export function answerCsv(c: ServiceContext, name: string, text: string): Response {
  return c.body(text, 200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${name}"`,
    'cache-control': 'no-store',
  });
}
