/**
 * Stands in front of a real explorer and lies: whatever JSON goes through it, in answers and in pages, may be changed
 * on the way. What it is told to change, and which explorer it stands before, can change while it runs.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Cleanup } from './witness.ts';

/** Changes one object of an answer, wherever in it that is; returns the same where there is nothing to change. */
export type Lie = (object: Record<string, unknown>) => Record<string, unknown>;

export const TELL_THE_TRUTH: Lie = (object) => object;

const PAGE_ANSWERS = /(<script type="application\/json" id="answers">)(.*?)(<\/script>)/s;
/** What a proxy makes anew. */
const OWN_HEADERS = [
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'connection',
  'etag',
];

export class LyingExplorer {
  readonly url: string;
  /** The explorer behind it. */
  behind: string;
  lie: Lie = TELL_THE_TRUTH;

  private constructor(url: string, behind: string) {
    this.url = url;
    this.behind = behind;
  }

  static async start(cleanup: Cleanup, behind: string): Promise<LyingExplorer> {
    const place: { liar?: LyingExplorer } = {};
    const url = await cleanup.serve((request, response) => {
      place.liar!.#answer(request, response).catch(() => response.destroy());
    });
    place.liar = new LyingExplorer(url, behind);
    return place.liar;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A stream of events never ends; a page lives without.
    if (request.url?.startsWith('/v1/events') === true) {
      response.writeHead(503).end();
      return;
    }
    const accept = request.headers.accept ?? '*/*';
    const answer = await fetch(`${this.behind}${request.url}`, {
      headers: { accept },
      redirect: 'manual',
    });
    for (const [name, value] of answer.headers) {
      if (!OWN_HEADERS.includes(name)) response.setHeader(name, value);
    }
    const body = Buffer.from(await answer.arrayBuffer());
    const type = answer.headers.get('content-type') ?? '';
    response.writeHead(answer.status).end(this.#changed(body, type));
  }

  #changed(body: Buffer, type: string): Buffer | string {
    if (type.startsWith('application/json')) return this.#changedJson(body.toString());
    if (!type.startsWith('text/html')) return body;
    return body.toString().replace(PAGE_ANSWERS, (_, start: string, data: string, end: string) => {
      return `${start}${this.#changedJson(data).replaceAll('<', '\\u003c')}${end}`;
    });
  }

  #changedJson(text: string): string {
    return JSON.stringify(JSON.parse(text), (_, value: unknown) => {
      const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
      return isObject ? this.lie(value as Record<string, unknown>) : value;
    });
  }
}
