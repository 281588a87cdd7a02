/**
 * What the holder of a log's lease says of itself in the store: where front ends of other processes reach it, and
 * the key by which both ends of such a connection know one another.
 *
 * The key is made anew for each lease. Whoever may read the store may read it, and could as well write the store:
 * so it opens no door that the store does not.
 */
import { z } from 'zod';
import { sha256 } from '#crypto';
import { decodeBase64, encodeBase64 } from '#protocol/base64.ts';
import { toHex } from '#protocol/bytes.ts';

export interface Holder {
  /** Where it listens; one machine may have several addresses. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** 32 bytes, for TLS with a key that both know (TLS-PSK). */
  readonly key: Uint8Array;
}

/** By what a front end says which lease it means: no secret, but known to nobody without the key. */
export function identityOfKey(key: Uint8Array): string {
  return toHex(sha256(key)).slice(0, 32);
}

/**
 * Node.js knows keys that both ends have of TLS 1.2 only. With a Diffie-Hellman exchange beside, so that a key which
 * is lost opens no recording.
 */
export const TLS_OPTIONS = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
} as const;
export const HOLDER_KEY_BYTES = 32;
export const MAX_HOLDER_ADDRESSES = 8;

const holder = z.strictObject({
  addresses: z.array(z.string().max(255)).min(1).max(MAX_HOLDER_ADDRESSES),
  port: z.int().min(1).max(65_535),
  key: z
    .base64()
    .transform((text) => decodeBase64(text))
    .refine((key) => key.length === HOLDER_KEY_BYTES),
});

export function formatHolder({ addresses, port, key }: Holder): string {
  return JSON.stringify({ addresses, port, key: encodeBase64(key) });
}

/** Undefined for what no version of this program says. */
export function parseHolder(text: string): Holder | undefined {
  try {
    return holder.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
