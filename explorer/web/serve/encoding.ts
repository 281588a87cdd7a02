/** Compressed answers for whoever takes them: brotli before gzip before nothing. */
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { MiddlewareHandler } from 'hono';
import { takesCoding } from '#service/content-coding.ts';
import type { ServiceContext, ServiceEnv } from '#service/service-env.ts';

export type Encoding = 'br' | 'gzip' | 'plain';

/** The first of them that a client takes. */
export function encodingOf(header: string | undefined): Encoding {
  if (takesCoding(header, 'br')) return 'br';
  return takesCoding(header, 'gzip') ? 'gzip' : 'plain';
}

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);
/** Five times as fast as the strongest, and a tenth larger. */
const QUALITY = { [constants.BROTLI_PARAM_QUALITY]: 4 };
/** Below this, the headers weigh more. */
const WORTH_BYTES = 1024;

/** For routes whose answers in JSON are worth it: all other answers pass as they are. */
export const compressJson: MiddlewareHandler<ServiceEnv> = async (c, next) => {
  await next();
  const { status, headers, body } = c.res;
  if (body === null || !isJson(headers.get('content-type'))) return;
  const bytes = Buffer.from(await c.res.arrayBuffer());
  c.res = await encodedAnswer(c, status, bytes, Object.fromEntries(headers));
};

function isJson(type: string | null): boolean {
  return /^application\/(problem\+)?json/.test(type ?? '');
}

/** In the thread pool: whoever asks for much keeps nobody else waiting. */
export async function encodedAnswer(
  c: ServiceContext,
  status: number,
  bytes: Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const encoding =
    bytes.length < WORTH_BYTES ? 'plain' : encodingOf(c.req.header('accept-encoding'));
  const all = { ...headers, vary: 'Accept-Encoding' };
  if (encoding === 'plain') return answer(bytes, status, all);
  const packed =
    encoding === 'br' ? await brotli(bytes, { params: QUALITY }) : await gzipped(bytes);
  return answer(packed, status, { ...all, 'content-encoding': encoding });
}

function answer(body: Buffer, status: number, headers: Readonly<Record<string, string>>): Response {
  return new Response(body as Uint8Array<ArrayBuffer>, { status, headers });
}
