/** Requests of docs/spec/verifier.md, section 2: how their bytes are written. */
export type Request = Readonly<Record<string, unknown>>;

export function base64(bytes: Uint8Array | string): string {
  return Buffer.from(bytes as Uint8Array).toString('base64');
}

export function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
