/** The ways in which a server does not give what it is asked for. */
import type { ServerResponse } from 'node:http';

export const WAYS = [
  404,
  410,
  429,
  500,
  503,
  'hang',
  'drip',
  'truncated',
  'over-long',
  'wrong',
  'redirect',
] as const;

export type Way = (typeof WAYS)[number];

const DRIP_MS = 1000;
/** More than any answer of a log or a witness may have. */
const OVER_LONG_BYTES = 32 * 1024 * 1024;
const CHUNK = new Uint8Array(64 * 1024).fill(0x20);

/** Answers in a way instead of with `body`, which is what an honest server would have said. */
export function answerBy(way: Way, body: Uint8Array, response: ServerResponse): void {
  if (typeof way === 'number') response.writeHead(way, { 'retry-after': '1' }).end();
  else if (way === 'drip') drip(response);
  else if (way === 'truncated') response.end(body.subarray(0, body.length >> 1));
  else if (way === 'over-long') flood(body, response);
  // No byte of it is right, and its length is.
  else if (way === 'wrong') response.end(body.map((byte) => byte ^ 0x55));
  else if (way === 'redirect') response.writeHead(302, { location: '/elsewhere' }).end();
}

/** There is always something on its way, and never all of it. */
function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write(' '), DRIP_MS);
  response.once('close', () => clearInterval(timer));
}

function flood(body: Uint8Array, response: ServerResponse): void {
  response.write(body);
  let sent = 0;
  const more = (): void => {
    while (sent < OVER_LONG_BYTES && !response.destroyed) {
      sent += CHUNK.length;
      if (!response.write(CHUNK)) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
}
