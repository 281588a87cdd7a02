/** Answers to clients that may have the same already. */
import type { ServiceContext } from '#service/app.ts';

/** The body, or 304 for a client that has it. */
export function answerFresh(
  c: ServiceContext,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> & { readonly etag: string },
): Response {
  const known = c.req.header('if-none-match')?.split(',') ?? [];
  const isKnown = known.some((tag) => tag.trim().replace(/^W\//, '') === headers.etag);
  if (isKnown) return c.body(null, 304, headers);
  return c.body(body as Uint8Array<ArrayBuffer>, 200, headers);
}
