/** What a backend and its bastion agree on (C2SP https-bastion). */
import { sha256 } from '#crypto';
import { toHex } from '#protocol/bytes.ts';

/** The ALPN protocol of their connection. */
export const BASTION_PROTOCOL = 'bastion/0';

/** Names a backend in URLs and in lists of who may connect: the SHA-256 of its Ed25519 key. */
export function backendHash(publicKey: Uint8Array): string {
  return toHex(sha256(publicKey));
}
