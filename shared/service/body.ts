/**
 * Request bodies, read straight from the Node stream and never beyond a limit.
 *
 * Reading the stream ourselves skips the web `Request` machinery and puts the limit where the
 * bytes arrive, whatever Content-Length claims.
 */
import type { IncomingMessage } from 'node:http';
import { HttpProblem } from './problem.ts';
import { inTurn } from './turns.ts';

/**
 * The whole body of `incoming` (in a handler: `c.env.incoming`), at most `limitBytes` long.
 * Throws `HttpProblem` 413 `E-SIZE-001` over the limit, at once if Content-Length says so, and
 * 400 `aborted` if the client goes away. Content-Encoding is refused with 415. What follows is work,
 * so it waits for its turn.
 */
export function readBody(incoming: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const encoding = incoming.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return Promise.reject(
      new HttpProblem(415, 'unsupported-encoding', 'Send the body without Content-Encoding.'),
    );
  }
  // Node's parser admits only digits here and ends the stream at exactly this length.
  const declared = incoming.headers['content-length'];
  if (declared !== undefined && Number(declared) > limitBytes) {
    return Promise.reject(tooLarge(limitBytes));
  }
  return collect(incoming, limitBytes);
}

function collect(incoming: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    // The listeners stay, as taking them off costs more than calling them once more.
    let isOver = false;
    const onData = (chunk: Buffer): void => {
      if (isOver) return;
      length += chunk.length;
      if (length <= limitBytes) {
        chunks.push(chunk);
        return;
      }
      isOver = true;
      // Paused, not destroyed: the answer must still go out on this connection.
      incoming.pause();
      reject(tooLarge(limitBytes));
    };
    const onEnd = (): void => {
      if (isOver) return;
      isOver = true;
      const first = chunks[0];
      const whole = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
      const { socket } = incoming;
      inTurn(socket, () => (socket.writable ? resolve(whole) : reject(aborted())));
    };
    const onAborted = (): void => {
      if (isOver) return;
      isOver = true;
      reject(aborted());
    };
    incoming.on('data', onData);
    incoming.on('end', onEnd);
    incoming.on('error', onAborted);
    incoming.on('close', onAborted);
    if (incoming.destroyed && !incoming.readableEnded) onAborted();
  });
}

function aborted(): HttpProblem {
  return new HttpProblem(400, 'aborted', 'The client went away.');
}

function tooLarge(limitBytes: number): HttpProblem {
  return new HttpProblem(413, 'E-SIZE-001', `The body is larger than ${limitBytes} bytes.`);
}
