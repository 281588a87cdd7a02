/** The explorer's API by requests: same origin, nothing kept, refusals as `ApiProblem`. */
import { get, RemoteError } from '#client/http.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ApiProblem } from '../data/api.ts';

/** Above any answer: a page of entries is at most a few megabytes. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const PATIENCE_MS = 60_000;

export async function getJson(path: string): Promise<unknown> {
  const { href } = new URL(path, location.href);
  const options = { maxBytes: MAX_ANSWER_BYTES, timeoutMs: PATIENCE_MS };
  const body = await get(href, options).catch(rethrow);
  return JSON.parse(decodeUtf8(body));
}

function rethrow(error: unknown): never {
  if (!(error instanceof RemoteError)) throw error;
  const { kind, status, code, detail, message } = error;
  if (kind === 'too-large') throw new ApiProblem(502, kind, 'The answer is too large.');
  if (status === undefined) throw error;
  throw new ApiProblem(status, code ?? kind, detail ?? message);
}
