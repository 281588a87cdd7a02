/**
 * A way through the network on which anything may happen to requests: they are dropped, delayed, sent
 * twice, answered with what was true before, changed, or not let through at all. Faithful at first.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Weather {
  /** Of so many requests in a row one is dropped: the connection breaks without an answer. */
  readonly dropsOneOf?: number;
  /** Each request waits up to so long. */
  readonly delayMs?: number;
  /** Each request goes out twice, and the second answer comes back. */
  readonly twice?: boolean;
  /** GETs are answered as they were for the first time. */
  readonly stale?: boolean;
  /** A bit of each answer that succeeds is another one. */
  readonly flips?: boolean;
  /** Nothing gets through. */
  readonly cut?: boolean;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Of answers that may come again; for a log's files and a witness's notes in a test. */
const MAX_CACHED = 1000;

export class Link {
  #weather: Weather = {};
  #upstream = '';
  #requests = 0;
  readonly #cache = new Map<string, Answer>();

  async start(port = 0): Promise<{ readonly url: string }> {
    const server = createServer((incoming, outgoing) => {
      this.#pass(incoming, outgoing).catch(() => outgoing.destroy());
    });
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  /** Where requests go; the path of a request is added to it. */
  leadTo(upstream: string): void {
    this.#upstream = upstream;
  }

  set(weather: Weather): void {
    this.#weather = weather;
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { dropsOneOf = 0, delayMs = 0, twice, stale, flips, cut } = this.#weather;
    this.#requests++;
    if (cut || (dropsOneOf > 0 && this.#requests % dropsOneOf === 0)) {
      outgoing.destroy();
      return;
    }
    const body = await read(incoming);
    // Spread evenly, and out of order.
    const waitMs = delayMs * ((this.#requests % 10) / 10);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    const { url = '/' } = incoming;
    const known = incoming.method === 'GET' && stale ? this.#cache.get(url) : undefined;
    if (twice) await this.#send(incoming, body);
    const answer = known ?? (await this.#send(incoming, body));
    const isGood = answer.status === 200 && answer.body.length > 0;
    if (isGood && this.#cache.size < MAX_CACHED && !this.#cache.has(url)) {
      this.#cache.set(url, answer);
    }
    outgoing.writeHead(answer.status, answer.headers);
    outgoing.end(flips && isGood ? flipped(answer.body) : answer.body);
  }

  #send({ method, headers, url = '/' }: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const onward = request(`${this.#upstream}${url}`, { method, headers }, (response) => {
        read(response).then((answer) => {
          resolve({ status: response.statusCode!, headers: response.headers, body: answer });
        }, reject);
      });
      onward.on('error', reject);
      onward.end(body);
    });
  }
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The lowest bit of the byte in the middle is another one: where a digit is, it stays a digit. */
function flipped(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  copy[copy.length >> 1]! ^= 1;
  return copy;
}
