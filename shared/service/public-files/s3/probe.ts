/**
 * Whether a server honours the conditions of a write. One that does not know them would write all the same,
 * and say that all is well; so it is asked first to do what it must refuse, with an object that says nothing.
 */
import { encodeUtf8 } from '#protocol/bytes.ts';
import type { S3Client, S3Request } from './client.ts';

const PATH = '.conditional-writes';
const BODY = encodeUtf8('Written to see whether conditional writes are refused.\n');
/** Of no object. */
const NO_ETAG = '"00000000000000000000000000000000"';

/** Rejects with `PublicFilesError` where the server does not let itself be asked. */
export async function isConditional(client: S3Client): Promise<boolean> {
  await write(client, { 'if-none-match': '*' });
  const isThere = await write(client, { 'if-none-match': '*' });
  const isAnother = await write(client, { 'if-match': NO_ETAG });
  return isThere === 'refused' && isAnother === 'refused';
}

async function write(client: S3Client, condition: Readonly<Record<string, string>>) {
  const headers = { 'content-type': 'text/plain; charset=utf-8', ...condition };
  const request: S3Request = { method: 'PUT', path: PATH, headers, body: BODY, maxBytes: 65_536 };
  const answer = await client.request(request);
  if ('ok' in answer) return 'written';
  if (answer.refused.status === 412) return 'refused';
  throw client.refused(request, answer.refused);
}
