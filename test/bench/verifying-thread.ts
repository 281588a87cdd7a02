/** A thread of `bare-verification.ts`: verifies its share of signatures whenever it is told to, by that library. */
import crypto from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { verifyEd25519 } from '#crypto';
import type { Library, Verification } from './bare-verification.ts';

const raw = { format: 'raw-public', asymmetricKeyType: 'ed25519' } as const;
const verifications = (workerData as readonly Verification[]).map((verification) => ({
  ...verification,
  imported: crypto.createPublicKey({ key: Buffer.from(verification.key), ...raw }),
}));

parentPort!.on('message', (library: Library) => {
  for (const { key, imported, message, signature } of verifications) {
    const isValid =
      library === 'chosen'
        ? verifyEd25519(key, message, signature)
        : crypto.verify(null, message, imported, signature);
    if (!isValid) throw new Error('a signature does not verify');
  }
  parentPort!.postMessage('verified');
});
