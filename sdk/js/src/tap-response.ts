/** The response that the caller of a `fetch` sees, and the hash of its body once that has been read. */
import { sha256 } from '#crypto';
import { ExchangeError, incomplete } from './exchange-error.ts';
import { handled, tapStream } from './tap.ts';

export interface TappedResponse {
  readonly seen: Response;
  readonly hash: Promise<Uint8Array>;
}

/** Of models that answer by events: clients stop reading here, before the body ends. */
const LAST_EVENT = /(?:^|\n)data: ?\[DONE\]\s*$/;

/** Never throws: what cannot be tapped is what the caller gets. */
export function tapResponse(response: Response): TappedResponse {
  try {
    return hasReadableBody(response)
      ? tapBody(response)
      : { seen: response, hash: handled(hashWithoutBody(response)) };
  } catch (error) {
    return { seen: response, hash: handled(Promise.reject(error)) };
  }
}

type WithBody = Response & { readonly body: ReadableStream<Uint8Array> };

function hasReadableBody(response: Response): response is WithBody {
  return response.body instanceof ReadableStream && !response.bodyUsed && !response.body.locked;
}

async function hashWithoutBody({ body, type }: Response): Promise<Uint8Array> {
  if (body instanceof ReadableStream) throw incomplete();
  // A page may not see the body of an opaque response; a fetch of another make may have other streams.
  if (body === null && !type?.startsWith('opaque')) return sha256(new Uint8Array(0));
  throw new ExchangeError('unknown-body', 'the body of the response cannot be read');
}

function tapBody(response: WithBody): TappedResponse {
  const isEvents = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const { body, hash } = tapStream(response, isEvents ? LAST_EVENT : undefined);
  return { seen: dressed(responseLike(response, body), response), hash };
}

/** As like the original as it can be made: a status of 999 and most letters in a status line cannot. */
function responseLike(
  { status, statusText, headers }: Response,
  body: ReadableStream<Uint8Array>,
): Response {
  let reason: unknown;
  for (const init of [{ status, statusText, headers }, { status, headers }, { headers }]) {
    try {
      const made = new Response(body, init);
      // Servers such as Hono's put another class in place of the platform's, which refuses nothing until it is used.
      if (!made.bodyUsed) return made;
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}

const MEMBERS = ['status', 'statusText', 'ok', 'url', 'type', 'redirected', 'headers'] as const;

/** `made`, with what cannot be given to a response that is made by hand, or would be changed in it. */
function dressed(made: Response, original: Response): Response {
  for (const name of MEMBERS) Object.defineProperty(made, name, { value: original[name] });
  const clone = made.clone.bind(made);
  return Object.defineProperty(made, 'clone', { value: () => dressed(clone(), original) });
}
