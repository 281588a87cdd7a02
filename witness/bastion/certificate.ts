/**
 * The client certificate by which a bastion knows its backend (C2SP https-bastion): an X.509
 * certificate of an Ed25519 key, signed by that key itself. Nothing in it counts but the key.
 *
 * DER (X.690) is written here, as Node.js reads certificates but makes none. The names of the parts are
 * those of RFC 5280, section 4.1, and RFC 8410.
 */
import { createPrivateKey } from 'node:crypto';
import { ed25519PublicKey, signEd25519 } from '#crypto';
import { concatBytes, encodeUtf8 } from '#protocol/bytes.ts';

/** PEM texts, as `tls.connect` takes them. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

const HOUR_MS = 3_600_000;
const SUBJECT = 'Bastion backend';

const TAG = {
  integer: 2,
  bits: 3,
  octets: 4,
  oid: 6,
  text: 12,
  utcTime: 23,
  generalizedTime: 24,
  sequence: 48,
  set: 49,
};
/** Tags of the two parts of a certificate that have one of their own. */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;

/** Encoded bodies of object identifiers. */
const OID = {
  ed25519: [0x2b, 0x65, 0x70],
  commonName: [0x55, 0x04, 0x03],
  keyUsage: [0x55, 0x1d, 0x0f],
  extendedKeyUsage: [0x55, 0x1d, 0x25],
  clientAuthentication: [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02],
} as const;

/** A certificate for an hour ago to a day from now, of the key with this 32-byte seed. */
export function backendCredentials(seed: Uint8Array, nowMs: number): Credentials {
  const algorithm = sequence(oid(OID.ed25519));
  const name = sequence(der(TAG.set, sequence(oid(OID.commonName), text(SUBJECT))));
  const tbsCertificate = sequence(
    der(VERSION, integer(2)),
    integer(1), // serial number
    algorithm,
    name,
    sequence(time(nowMs - HOUR_MS), time(nowMs + 24 * HOUR_MS)),
    name,
    sequence(algorithm, bits(ed25519PublicKey(seed))),
    der(EXTENSIONS, sequence(keyUsage(), extendedKeyUsage())),
  );
  const signature = bits(signEd25519(seed, tbsCertificate));
  return {
    cert: pem('CERTIFICATE', sequence(tbsCertificate, algorithm, signature)),
    key: createPrivateKey({
      key: Buffer.from(seed),
      format: 'raw-private',
      asymmetricKeyType: 'ed25519',
    })
      .export({ type: 'pkcs8', format: 'pem' })
      .toString(),
  };
}

/** Digital signatures only: the first bit, and seven that are not there. */
function keyUsage(): Uint8Array {
  const value = der(TAG.bits, Uint8Array.of(7, 0x80));
  return sequence(oid(OID.keyUsage), der(TAG.octets, value));
}

function extendedKeyUsage(): Uint8Array {
  const value = sequence(oid(OID.clientAuthentication));
  return sequence(oid(OID.extendedKeyUsage), der(TAG.octets, value));
}

function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return der(TAG.sequence, ...parts);
}

function oid(body: readonly number[]): Uint8Array {
  return der(TAG.oid, Uint8Array.from(body));
}

function integer(value: number): Uint8Array {
  return der(TAG.integer, Uint8Array.of(value));
}

/** Whole bytes; the first one says how many bits are not used. */
function bits(bytes: Uint8Array): Uint8Array {
  return der(TAG.bits, Uint8Array.of(0), bytes);
}

function text(value: string): Uint8Array {
  return der(TAG.text, encodeUtf8(value));
}

/** To the second; from 2050 on the year has four digits (RFC 5280, section 4.1.2.5). */
function time(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replace(/\.\d+|[-:T]/g, '');
  return digits < '2050'
    ? der(TAG.utcTime, encodeUtf8(digits.slice(2)))
    : der(TAG.generalizedTime, encodeUtf8(digits));
}

function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(...parts);
  return concatBytes(Uint8Array.of(tag, ...length(body.length)), body);
}

/** In as few bytes as it takes; what is made here stays below 65,536. */
function length(bytes: number): number[] {
  if (bytes < 0x80) return [bytes];
  return bytes < 0x100 ? [0x81, bytes] : [0x82, bytes >> 8, bytes & 0xff];
}

function pem(label: string, bytes: Uint8Array): string {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
