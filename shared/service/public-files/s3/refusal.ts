/** What a server for S3 means by an answer that says no. */
import type { HttpAnswer } from '#client/http.ts';
import { printable } from '#protocol/printable.ts';

/** Load, or a state that passes: the same request may succeed a moment later. */
const PASSING_STATUS = new Set([408, 409, 429, 500, 502, 503, 504]);
/** The same, with a status that says otherwise. */
const PASSING_CODE = new Set(['RequestTimeout']);

export interface Refusal {
  readonly status: number;
  /** `NoSuchKey`, for example; empty where the server names none. */
  readonly code: string;
  readonly isPassing: boolean;
  /** Status, code and message on one line that may be shown. No server says a secret in these. */
  readonly text: string;
}

/** Of the XML document no more is read than its code and its message. */
export function refusalOf({ status, body }: HttpAnswer): Refusal {
  const xml = new TextDecoder().decode(body);
  const code = /<Code>([A-Za-z0-9.]{1,64})<\/Code>/.exec(xml)?.[1] ?? '';
  const message = /<Message>([^<]{1,200})/.exec(xml)?.[1] ?? '';
  return {
    status,
    code,
    isPassing: PASSING_STATUS.has(status) || PASSING_CODE.has(code),
    text: printable([`status ${status}`, code, message].filter((part) => part !== '').join(' ')),
  };
}
