/**
 * User and password of a URL. `fetch` refuses a URL that has them, and nothing that is shown may hold them: they go
 * as Basic authorization (RFC 7617) and stand nowhere else.
 */
import { encodeBase64 } from '#protocol/base64.ts';

export interface SplitUrl {
  /** Without user and password. */
  readonly url: string;
  /** The value of the header that says them. */
  readonly authorization?: string;
}

/** What is no URL, or one without user and password, stays as it is. */
export function splitUserInfo(url: string): SplitUrl {
  if (!URL.canParse(url)) return { url };
  const bare = new URL(url);
  const { username, password } = bare;
  if (username === '' && password === '') return { url };
  bare.username = '';
  bare.password = '';
  const credentials = encodeBase64(percentDecoded(`${username}:${password}`));
  return { url: bare.href, authorization: `Basic ${credentials}` };
}

/** A part of a parsed URL is ASCII, and a percent sign in it may stand for itself. */
function percentDecoded(part: string): Uint8Array {
  const units = part.replace(/%([0-9a-f]{2})/gi, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Uint8Array.from(units, (unit) => unit.charCodeAt(0));
}
