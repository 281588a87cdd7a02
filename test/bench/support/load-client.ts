/**
 * A load generator that costs little: raw sockets, requests prepared beforehand, answers split by
 * their Content-Length. On a small machine the generator shares the cores with the server, so
 * whatever it spends is missing from the measured number.
 */
import { connect, type Socket } from 'node:net';

export interface LoadResult {
  /** Answers by status. */
  readonly statuses: ReadonlyMap<number, number>;
  readonly seconds: number;
  /** One for each request, in milliseconds, ascending. */
  readonly latenciesMs: readonly number[];
  readonly bytesRead: number;
}

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  /** Whole HTTP/1.1 requests. Each is sent once. */
  readonly requests: readonly Buffer[];
  /** Requests per second over all connections; as fast as answers come if absent. */
  readonly ratePerSecond?: number;
}

export function httpRequest(
  method: 'GET' | 'POST',
  path: string,
  body: Uint8Array = new Uint8Array(0),
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'host: bench',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(method === 'POST' ? [`content-length: ${body.length}`] : []),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
}

/** In the first line of an answer, `HTTP/1.1 200 OK`. */
const STATUS_AT = 9;
const HEADER_END = Buffer.from('\r\n\r\n');

/** The last chunk of an answer that came in chunks. No text that is read here holds these bytes. */
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

/** Where an answer ends; undefined as long as its last chunk has not come. */
function answerEnd(pending: Buffer, head: string, bodyStart: number): number | undefined {
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) return bodyStart + Number(length);
  if (head.startsWith('304', STATUS_AT)) return bodyStart;
  if (!/\r\ntransfer-encoding: chunked/i.test(head)) throw new Error(`no length: ${head}`);
  const last = pending.indexOf(LAST_CHUNK, bodyStart);
  return last < 0 ? undefined : last + LAST_CHUNK.length;
}

/** Calls `onAnswer` for each whole answer on a connection. */
function readAnswers(socket: Socket, onAnswer: (status: number, bytes: number) => void): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (;;) {
      const headerEnd = pending.indexOf(HEADER_END);
      if (headerEnd < 0) return;
      const head = pending.toString('latin1', 0, headerEnd);
      const end = answerEnd(pending, head, headerEnd + HEADER_END.length);
      if (end === undefined || pending.length < end) return;
      pending = pending.subarray(end);
      onAnswer(Number(head.slice(STATUS_AT, STATUS_AT + 3)), end);
    }
  });
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Sends all requests, at most one at a time on each connection; time begins when all are connected. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { port, connections, requests, ratePerSecond } = options;
  const statuses = new Map<number, number>();
  const latenciesMs: number[] = [];
  let next = 0;
  let bytesRead = 0;
  const sockets = await Promise.all(Array.from({ length: connections }, () => connected(port)));
  const startedMs = performance.now();
  const dueMs = (i: number) =>
    ratePerSecond === undefined ? 0 : startedMs + (i / ratePerSecond) * 1000;

  const work = (socket: Socket) =>
    new Promise<void>((resolve, reject) => {
      let sentMs = 0;
      const sendNext = () => {
        const i = next;
        if (i >= requests.length) return void socket.end(resolve);
        next++;
        const waitMs = dueMs(i) - performance.now();
        // Latency counts from when the request was due, so a slow server cannot hide its queue.
        const send = () => {
          sentMs = ratePerSecond === undefined ? performance.now() : dueMs(i);
          socket.write(requests[i]!);
        };
        if (waitMs > 1) setTimeout(send, waitMs);
        else send();
      };
      socket.on('error', reject);
      readAnswers(socket, (status, bytes) => {
        latenciesMs.push(performance.now() - sentMs);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        bytesRead += bytes;
        sendNext();
      });
      sendNext();
    });
  await Promise.all(sockets.map(work));
  const seconds = (performance.now() - startedMs) / 1000;
  return { statuses, seconds, latenciesMs: latenciesMs.sort((a, b) => a - b), bytesRead };
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
