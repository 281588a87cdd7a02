/** The bytes of an entry, to be looked at: as text where they are text, else in hex. */
import { decodeBase64 } from '#protocol/base64.ts';
import { ProtocolError } from '#protocol/errors.ts';

export interface ShownBytes {
  readonly form: 'text' | 'hex';
  readonly text: string;
  readonly isWhole: boolean;
}

/** Entries have at most 65,535 bytes; a page need not show all of them to be of use. */
const MAX_TEXT = 16_384;
const MAX_HEX = 2048;
const HEX_LINE = 32;

/** Undefined where it is not canonical base64. */
export function bytesOf(base64: string): Uint8Array | undefined {
  try {
    return decodeBase64(base64);
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof RangeError) return undefined;
    throw error;
  }
}

export function shownBytes(bytes: Uint8Array): ShownBytes {
  const text = textOf(bytes);
  if (text !== undefined) {
    return { form: 'text', text: text.slice(0, MAX_TEXT), isWhole: text.length <= MAX_TEXT };
  }
  const hex = Array.from(bytes.subarray(0, MAX_HEX), (byte) => byte.toString(16).padStart(2, '0'));
  const lines = Array.from({ length: Math.ceil(hex.length / HEX_LINE) }, (_, i) =>
    hex.slice(i * HEX_LINE, (i + 1) * HEX_LINE).join(' '),
  );
  return { form: 'hex', text: lines.join('\n'), isWhole: bytes.length <= MAX_HEX };
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
