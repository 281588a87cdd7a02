/**
 * How servers talk to other servers: undici with few, long-lived connections for each address.
 *
 * A witness or a log that is slow can hold up only its own few connections, and a request that it
 * never answers ends by the caller's deadline, or by these limits at the latest.
 */
import { Agent, fetch } from 'undici';

const agent = new Agent({
  connections: 8,
  pipelining: 1,
  connect: { timeout: 5000 },
  keepAliveTimeout: 20_000,
  headersTimeout: 60_000,
  bodyTimeout: 60_000,
});

/** `fetch` for a client's `HttpOptions`. undici's types and the platform's differ in name only. */
export async function outboundFetch(url: string, init: RequestInit): Promise<Response> {
  const request = { ...init, dispatcher: agent } as Parameters<typeof fetch>[1];
  return (await fetch(url, request)) as unknown as Response;
}
