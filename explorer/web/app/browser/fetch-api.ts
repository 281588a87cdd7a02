/** The explorer's API by requests: same origin, nothing kept, refusals as `ApiProblem`. */
import { ApiProblem } from '../data/api.ts';

/** Above any answer: a page of entries is at most a few megabytes. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const PATIENCE_MS = 60_000;

export async function getJson(path: string): Promise<unknown> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const response = await fetch(path, { signal, headers: { accept: 'application/json' } });
  const length = Number(response.headers.get('content-length') ?? 0);
  if (length > MAX_ANSWER_BYTES) throw new ApiProblem(502, 'too-large', 'The answer is too large.');
  const body: unknown = await response.json();
  if (response.ok) return body;
  const { code, detail } = (body ?? {}) as Record<string, unknown>;
  throw new ApiProblem(response.status, `${code}`, `${detail ?? response.statusText}`);
}
