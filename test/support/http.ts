/** Requests of tests to a log: short to write, and the raw bytes where HTTP itself is tested. */
import { connect, type Socket } from 'node:net';
import type { Submitted } from '#client/log-client.ts';

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly field?: string;
  readonly [extra: string]: unknown;
}

/** POSTs one entry as JSON, or whatever `headers` say it is. */
export async function post(
  url: string,
  body: Uint8Array | string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: body as Uint8Array<ArrayBuffer>,
  });
}

/** POSTs lines as NDJSON; the result lines. */
export async function postLines(url: string, lines: readonly (Uint8Array | string)[]) {
  const text = lines.map((line) => Buffer.from(line as Uint8Array).toString()).join('\n');
  const response = await post(url, text, { 'content-type': 'application/x-ndjson' });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`${response.status}: ${body}`);
  return body
    .split('\n')
    .slice(0, -1)
    .map((line): Record<string, unknown> => JSON.parse(line));
}

/** What a submission was answered; fails for an error answer. */
export async function submittedOf(response: Response): Promise<Submitted> {
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Submitted;
}

/** The JSON object of a 200 answer. */
export async function getJson(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

/** The problem document of an error answer; fails for anything else. */
export async function problemOf(response: Response): Promise<Problem> {
  const type = response.headers.get('content-type');
  if (type !== 'application/problem+json') throw new Error(`${response.status}, type ${type}`);
  const problem = (await response.json()) as Problem;
  if (problem.status !== response.status) throw new Error(`status ${problem.status} in the body`);
  return problem;
}

/** A plain connection to a server's URL, and all that it has said so far. */
export interface RawConnection {
  readonly socket: Socket;
  readonly received: () => string;
  readonly closed: Promise<void>;
}

export async function openRaw(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const closed = new Promise<void>((resolve) => {
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return { socket, received: () => Buffer.concat(chunks).toString('latin1'), closed };
}
