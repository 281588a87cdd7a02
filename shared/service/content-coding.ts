/** Answers compressed for clients that take them so (RFC 9110, section 8.4). */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** Whether an Accept-Encoding header takes a coding; weights but zero do not count. */
export function takesCoding(header: string | undefined, coding: string): boolean {
  const accepted = (header ?? '').toLowerCase().split(',');
  return accepted.some((part) => {
    const [name = '', weight = ''] = part.split(';').map((one) => one.trim());
    return name === coding && !/^q=0(\.0*)?$/.test(weight);
  });
}

const compress = promisify(gzip);
/** Receipts are mostly random digits; higher levels cost much time for little. */
const GZIP_LEVEL = 4;

/** An entry bundle in gzip, made in the thread pool: C2SP tlog-tiles wants it so where the client takes it. */
export async function gzipBundle(bytes: Uint8Array): Promise<Uint8Array> {
  return await compress(bytes, { level: GZIP_LEVEL });
}
