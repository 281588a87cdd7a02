/** Which headers pass a bastion: all but those of one connection, and those by which clients lie. */
import type { IncomingHttpHeaders } from 'node:http';
import type { IncomingHttpHeaders as Http2Headers, OutgoingHttpHeaders } from 'node:http2';

/** Of one connection (RFC 9110, section 7.6.1); those that `Connection` names come on top. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What says who the client is, or which host it asked, is said by the bastion alone. */
const OF_THE_BASTION = /^(forwarded|x-forwarded-.*|x-real-ip|host|x-request-id)$/;

export interface Forwarded {
  readonly method: string;
  /** With the query, without the name of the backend. */
  readonly path: string;
  /** Address of the client. */
  readonly clientIp: string;
  readonly requestId: string;
}

/** Headers of the request to the backend. */
export function requestHeaders(
  headers: IncomingHttpHeaders,
  { method, path, clientIp, requestId }: Forwarded,
): OutgoingHttpHeaders {
  return {
    ...passing(headers, OF_THE_BASTION),
    ':method': method,
    ':path': path,
    'x-forwarded-for': clientIp,
    'x-request-id': requestId,
  };
}

/** Headers of the answer to the client. */
export function answerHeaders(headers: Http2Headers): Headers {
  const answer = new Headers();
  for (const [name, value] of Object.entries(passing(headers, /^(:.*|x-request-id)$/))) {
    for (const one of [value ?? []].flat()) answer.append(name, String(one));
  }
  return answer;
}

function passing(
  headers: IncomingHttpHeaders | Http2Headers,
  stopped: RegExp,
): Record<string, string | string[] | undefined> {
  const named = String(headers.connection ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const entries = Object.entries(headers).filter(
    ([name]) => !HOP_BY_HOP.has(name) && !named.includes(name) && !stopped.test(name),
  );
  return Object.fromEntries(entries) as Record<string, string | string[] | undefined>;
}
