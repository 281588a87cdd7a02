/**
 * A sink for alerts: one URL that takes a POST of the notice as JSON. A receiver tells a repeated
 * message by its delivery id. With a secret, each carries an HMAC-SHA256 of its body.
 */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { httpUrl } from '#service/server-config.ts';
import { deliver, readSecret } from './http.ts';
import { type Message, sinkKind } from './sink.ts';

export const webhook = sinkKind({
  settings: (filePath) =>
    z.strictObject({
      url: httpUrl(),
      /** File whose text keys the HMAC of each delivery; only its owner may read it. */
      secret_file: filePath.optional(),
      timeout_ms: z.int().min(50).max(60_000).default(10_000),
    }),
  open: ({ url, timeout_ms: timeoutMs, secret_file: path }) => {
    const secret = path && readSecret(path);
    return {
      send: (message, signal) => {
        const headers = headersOf(message, secret);
        return deliver(url, { headers, body: message.body }, { timeoutMs, signal });
      },
    };
  },
});

function headersOf({ id, body }: Message, secret: string | undefined): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-tecp-delivery': String(id),
  };
  if (secret === undefined) return headers;
  const mac = createHmac('sha256', secret).update(body).digest('hex');
  return { ...headers, 'x-tecp-signature': `sha256=${mac}` };
}
