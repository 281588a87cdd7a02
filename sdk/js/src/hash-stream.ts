/** SHA-256 of what comes in parts and need never be in memory as a whole. */

import { partsOf } from '#client/stream.ts';
import { sha256OfParts } from '#crypto';

/**
 * The 32 bytes that `createReceipt` takes as `inputHash` or `outputHash`. Rejects with the error of the source;
 * TypeError for parts that are no bytes.
 */
export async function hashStream(
  source: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<Uint8Array> {
  const hash = sha256OfParts();
  for await (const part of partsOf(source)) hash.update(part);
  return hash.digest();
}
