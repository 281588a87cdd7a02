/**
 * A middleware of Hono that gives each answer a receipt, in a header: the body of the request is the input, that of
 * the answer the output. The header comes before the body, so an answer is held until it is whole.
 */
import type { MiddlewareHandler } from 'hono';
import { createReceipt, encodeReceipt, type IssuerKey } from '../src/index.ts';

export function receipts(key: IssuerKey): MiddlewareHandler {
  return async (c, next) => {
    const input = new Uint8Array(await c.req.arrayBuffer());
    await next();
    const output = new Uint8Array(await c.res.clone().arrayBuffer());
    const receipt = createReceipt({ key, codeRef: 'git:5f3c1e', input, output });
    c.res.headers.set('tecp-receipt', Buffer.from(encodeReceipt(receipt)).toString('base64'));
  };
}
