/** Answers to clients that may have the same already. */
import type { ServiceContext } from '#service/app.ts';

/** With a strong ETag. */
export type FreshHeaders = Readonly<Record<string, string>> & { readonly etag: string };

/** The body, or 304 for a client that has it. */
export function answerFresh(c: ServiceContext, body: Uint8Array, headers: FreshHeaders): Response {
  return notModified(c, headers) ?? c.body(body as Uint8Array<ArrayBuffer>, 200, headers);
}

/** The 304 for a client that has it. */
export function notModified(c: ServiceContext, headers: FreshHeaders): Response | undefined {
  const known = c.req.header('if-none-match')?.split(',') ?? [];
  const isKnown = known.some((tag) => tag.trim().replace(/^W\//, '') === headers.etag);
  return isKnown ? c.body(null, 304, headers) : undefined;
}
