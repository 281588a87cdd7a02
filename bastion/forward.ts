/**
 * Carries one request to a backend and its answer back, both as they come: neither is ever held as a
 * whole, and whoever is slow holds up only this one.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import { HttpProblem } from '#service/problem.ts';
import { answerHeaders } from './headers.ts';

export interface ForwardLimits {
  /** Of the request. */
  readonly bodyBytes: number;
  /** From the request to the end of the answer. */
  readonly timeoutMs: number;
}

/** Statuses whose answers have no body. */
const WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * Throws the 413 of a body that is announced as too long. To be asked before the backend hears of the
 * request: it counts what is broken off, and ends the connection of everybody after a thousand of that.
 */
export function expectShort({ headers }: IncomingMessage, { bodyBytes }: ForwardLimits): void {
  if (Number(headers['content-length'] ?? 0) > bodyBytes) throw tooLarge(bodyBytes);
}

function tooLarge(limitBytes: number): HttpProblem {
  return new HttpProblem(413, 'E-SIZE-001', `The body is larger than ${limitBytes} bytes.`);
}

/**
 * Sends the body over a stream whose headers are sent, and returns the answer as it begins. Rejects with
 * 413 `E-SIZE-001`, 400 `aborted`, 502 `backend-failed` or 504 `backend-timeout`.
 */
export function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  stream: ClientHttp2Stream,
  { bodyBytes, timeoutMs }: ForwardLimits,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const fail = (problem: HttpProblem): void => {
      reject(problem);
      stream.close(constants.NGHTTP2_CANCEL);
    };
    const timer = setTimeout(() => {
      fail(new HttpProblem(504, 'backend-timeout', 'The backend does not answer in time.'));
    }, timeoutMs);
    // A client that has gone takes no answer.
    outgoing.once('close', () => stream.close(constants.NGHTTP2_CANCEL));
    stream.once('close', () => {
      clearTimeout(timer);
      fail(new HttpProblem(502, 'backend-failed', 'The connection of the backend has ended.'));
    });
    stream.on('error', () => undefined); // 'close' follows
    stream.once('response', (headers) => {
      resolve(answerOf(headers, stream, outgoing, incoming.method === 'HEAD'));
    });
    sendBody(incoming, stream, bodyBytes, fail);
  });
}

function sendBody(
  incoming: IncomingMessage,
  stream: ClientHttp2Stream,
  limitBytes: number,
  fail: (problem: HttpProblem) => void,
): void {
  let length = 0;
  incoming.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (!stream.writable) return;
    if (length > limitBytes) fail(tooLarge(limitBytes));
    else if (!stream.write(chunk)) incoming.pause();
  });
  stream.on('drain', () => incoming.resume());
  stream.once('close', () => incoming.resume());
  incoming.once('end', () => stream.end());
  incoming.once('close', () => {
    if (!incoming.complete) fail(new HttpProblem(400, 'aborted', 'The client went away.'));
  });
}

function answerOf(
  headers: IncomingHttpHeaders & IncomingHttpStatusHeader,
  stream: ClientHttp2Stream,
  outgoing: ServerResponse,
  isHead: boolean,
): Response {
  const status = headers[':status']!;
  const init = { status, headers: answerHeaders(headers) };
  if (!isHead && !WITHOUT_BODY.has(status)) return new Response(bodyOf(stream, outgoing), init);
  stream.resume();
  return new Response(null, init);
}

/** Cuts the client's connection where the answer is cut, so that no part looks like the whole. */
function bodyOf(stream: ClientHttp2Stream, outgoing: ServerResponse): ReadableStream<Uint8Array> {
  const chunks = stream.iterator();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await chunks.next();
        if (done !== true) return controller.enqueue(value);
        if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) outgoing.destroy();
      } catch {
        outgoing.destroy();
      }
      controller.close();
    },
    cancel: () => stream.close(constants.NGHTTP2_CANCEL),
  });
}
