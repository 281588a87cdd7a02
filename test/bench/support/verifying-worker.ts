/** A thread of `verifying.ts`: verifies one signature again and again for as long as it is told. */
import { parentPort, workerData } from 'node:worker_threads';
import * as noble from '#protocol/crypto/noble.ts';
import * as openssl from '#protocol/crypto/openssl.ts';
import { loadSodium } from '#protocol/crypto/sodium.ts';
import type { CryptoProvider } from '#protocol/crypto/types.ts';
import type { ProviderName } from './verifying.ts';

const { provider, seconds } = workerData as { provider: ProviderName; seconds: number };
const providers: Record<ProviderName, () => CryptoProvider | undefined> = {
  'node:crypto': () => openssl,
  libsodium: loadSodium,
  noble: () => noble,
};
const by = providers[provider]();
if (by === undefined) throw new Error(`${provider} does not load on this system`);

const MESSAGE_BYTES = 500;
const BLOCK = 20;
const seed = by.randomBytes(32);
const publicKey = by.ed25519PublicKey(seed);
const message = by.randomBytes(MESSAGE_BYTES);
const signature = by.signEd25519(seed, message);

function verifyBlock(): void {
  for (let i = 0; i < BLOCK; i++) {
    if (!by!.verifyEd25519(publicKey, message, signature)) throw new Error('does not verify');
  }
}

for (let i = 0; i < 5; i++) verifyBlock();
const [startMs, before] = [performance.now(), process.threadCpuUsage()];
let count = 0;
for (; performance.now() - startMs < seconds * 1000; count += BLOCK) verifyBlock();
const { user, system } = process.threadCpuUsage(before);
const wall = (performance.now() - startMs) / 1000;
parentPort!.postMessage({ count, wall, us: (user + system) / count });
