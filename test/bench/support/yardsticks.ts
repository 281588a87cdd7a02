/**
 * What the rates of this program are measured against: what the machine itself takes, in processor time of one
 * thread, for the operations that no log can do without.
 */
import crypto, { type KeyObject } from 'node:crypto';
import { ed25519Library, ed25519PublicKey, randomBytes, signEd25519, verifyEd25519 } from '#crypto';

/** About as many as are signed of a receipt. */
const MESSAGE_BYTES = 500;
const BLOCK = 300;
const BLOCKS = 7;

/** Microseconds of processor time for each call: the median of blocks, so that one pause does not count. */
export function eachUs(work: (i: number) => unknown, calls = BLOCK): number {
  const blocks = Array.from({ length: BLOCKS }, () => {
    const before = process.cpuUsage();
    for (let i = 0; i < calls; i++) work(i);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / calls;
  });
  return blocks.sort((a, b) => a - b)[BLOCKS >> 1]!;
}

export interface VerificationUs {
  /** One `crypto.verify` of Node.js with a key that was imported before. */
  readonly nodeCrypto: number;
  /** One by the library that this program uses here, and its name. */
  readonly chosen: number;
  readonly library: string;
}

const seed = randomBytes(32);
const publicKey = ed25519PublicKey(seed);
const message = randomBytes(MESSAGE_BYTES);
const signature = signEd25519(seed, message);
const raw = { format: 'raw-public', asymmetricKeyType: 'ed25519' } as const;
const key: KeyObject = crypto.createPublicKey({ key: Buffer.from(publicKey), ...raw });

/** Taken close to what it is compared with: the speed of these machines changes from minute to minute. */
export function verificationUs(): VerificationUs {
  return {
    nodeCrypto: eachUs(() => crypto.verify(null, message, key, signature)),
    chosen: eachUs(() => verifyEd25519(publicKey, message, signature)),
    library: ed25519Library,
  };
}

/** Taken before and after what is measured, their mean counts. */
export async function besideVerifications<T>(
  work: () => Promise<T>,
): Promise<{ result: T; us: VerificationUs }> {
  const before = verificationUs();
  const result = await work();
  const after = verificationUs();
  const mean = (field: 'nodeCrypto' | 'chosen') => (before[field] + after[field]) / 2;
  const us = { ...before, nodeCrypto: mean('nodeCrypto'), chosen: mean('chosen') };
  return { result, us };
}
