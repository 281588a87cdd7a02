/**
 * ECDSA keys and signatures as bytes, read strictly: a public key as the one DER form of its
 * SubjectPublicKeyInfo with an uncompressed point (RFC 5480), a signature as the one DER form of its two
 * integers (RFC 3279). Verdicts thus do not hang on what a library takes for DER.
 */
import { concatBytes, equalBytes, fromHex } from '../bytes.ts';

/** The curves that signed-note allows, by the names that Web Crypto has for them. */
export type EcdsaCurve = 'P-256' | 'P-384' | 'P-521';

interface CurveForm {
  readonly curve: EcdsaCurve;
  /** All of the SubjectPublicKeyInfo before the coordinates. */
  readonly prefix: Uint8Array;
  /** Of a coordinate, and of an integer of a signature. */
  readonly bytes: number;
}

const FORMS: readonly CurveForm[] = [
  form('P-256', 32, '3059301306072a8648ce3d020106082a8648ce3d03010703420004'),
  form('P-384', 48, '3076301006072a8648ce3d020106052b8104002203620004'),
  form('P-521', 66, '30819b301006072a8648ce3d020106052b810400230381860004'),
];

function form(curve: EcdsaCurve, bytes: number, prefix: string): CurveForm {
  return { curve, bytes, prefix: fromHex(prefix, prefix.length / 2) };
}

/** Longest signature, in bytes: two integers of P-521, each with a byte for its sign. */
export const MAX_ECDSA_SIGNATURE_BYTES = 3 + 2 * (2 + 66);

export interface EcdsaKey {
  readonly curve: EcdsaCurve;
  /** 04 and both coordinates; not known to be on the curve. */
  readonly point: Uint8Array;
  /** Of an integer of a signature. */
  readonly bytes: number;
}

/** The key of a SubjectPublicKeyInfo, or undefined for bytes that are not in the one form. */
export function readEcdsaKey(spki: Uint8Array): EcdsaKey | undefined {
  const known = FORMS.find(
    ({ prefix, bytes }) =>
      spki.length === prefix.length + 2 * bytes &&
      equalBytes(spki.subarray(0, prefix.length), prefix),
  );
  if (known === undefined) return undefined;
  const { curve, bytes, prefix } = known;
  return { curve, bytes, point: spki.slice(prefix.length - 1) };
}

/** Both integers of a signature at the width of the curve, or undefined if it is not strict DER. */
export function readEcdsaSignature(der: Uint8Array, bytes: number): Uint8Array | undefined {
  const body = readElement(der, 0x30);
  if (body === undefined || body.rest.length > 0) return undefined;
  const r = readInteger(body.content, bytes);
  const s = r && readInteger(r.rest, bytes);
  if (r === undefined || s === undefined || s.rest.length > 0) return undefined;
  return concatBytes(r.value, s.value);
}

/** One DER element of this tag, its length in the shortest form; no signature takes more than a byte. */
function readElement(der: Uint8Array, tag: number) {
  const isLong = der[1] === 0x81;
  const length = isLong ? der[2] : der[1];
  const start = isLong ? 3 : 2;
  if (der[0] !== tag || length === undefined || isLong !== length >= 0x80) return undefined;
  if (der.length < start + length) return undefined;
  return { content: der.subarray(start, start + length), rest: der.subarray(start + length) };
}

/** A positive integer in the shortest form, that fits the width. */
function readInteger(der: Uint8Array, width: number) {
  const element = readElement(der, 0x02);
  const [first, second] = element?.content ?? [];
  if (element === undefined || first === undefined || first >= 0x80) return undefined;
  if (first === 0 && (second === undefined || second < 0x80)) return undefined;
  const digits = first === 0 ? element.content.subarray(1) : element.content;
  if (digits.length > width) return undefined;
  const value = new Uint8Array(width);
  value.set(digits, width - digits.length);
  return { value, rest: element.rest };
}
