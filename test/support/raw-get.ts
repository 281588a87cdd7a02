/** A GET whose body is as it came: nothing is decompressed, and no redirect followed. */
import { get as httpGet, type IncomingHttpHeaders } from 'node:http';

export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export function get(url: string, headers: Record<string, string> = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = httpGet(url, { headers }, async (response) => {
      const chunks: Buffer[] = await response.toArray();
      const { statusCode: status = 0, headers: got } = response;
      resolve({ status, headers: got, body: Buffer.concat(chunks) });
    });
    request.on('error', reject);
  });
}
