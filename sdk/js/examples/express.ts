/**
 * A handler of Express, or of node:http, whose answers have a receipt in a header: the body of the request is the
 * input, the answer the output. `app.post('/work', receipted(key, work))`, before any parser of bodies.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { createReceipt, encodeReceipt, type IssuerKey } from '../src/index.ts';

type Work = (input: Uint8Array) => Uint8Array | Promise<Uint8Array>;

export function receipted(key: IssuerKey, work: Work) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const input = await buffer(request);
    const output = await work(input);
    const receipt = createReceipt({ key, codeRef: 'git:5f3c1e', input, output });
    response.setHeader('tecp-receipt', Buffer.from(encodeReceipt(receipt)).toString('base64'));
    response.end(output);
  };
}
