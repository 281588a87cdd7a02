/**
 * Processor time of both providers of Ed25519 on Node.js, one beside the other in one thread.
 *
 *     node test/bench/crypto.ts
 *
 * Rounds alternate between the two and the median counts, so that a busy machine slows both alike. A
 * verification with a key that is new includes importing it, where that is needed. libsodium's SHA-256, which
 * is not used, writes into one buffer that is copied.
 */
import { createRequire } from 'node:module';
import { cpus, loadavg } from 'node:os';
import { randomBytes } from '#crypto';
import * as openssl from '#protocol/crypto/openssl.ts';
import { loadSodium } from '#protocol/crypto/sodium.ts';
import type { CryptoProvider } from '#protocol/crypto/types.ts';

const ROUNDS = 15;
const ENTRY_BYTES = 600;
/** Of a node of the tree before it is hashed. */
const NODE_BYTES = 65;

const libsodium = loadSodium();
if (libsodium === undefined) throw new Error('sodium-native does not load on this system');
const providers: readonly CryptoProvider[] = [openssl, libsodium];

const message = randomBytes(ENTRY_BYTES);
const seeds = Array.from({ length: ROUNDS * 200 }, () => randomBytes(32));
const signed = seeds.map((seed) => ({
  publicKey: libsodium.ed25519PublicKey(seed),
  signature: libsodium.signEd25519(seed, message),
}));

/** Microseconds of processor time for each call: the median of the rounds, for OpenSSL and libsodium. */
function measure(calls: number, works: readonly ((call: number) => unknown)[]): number[] {
  const rounds = Array.from({ length: ROUNDS }, (_, round) =>
    works.map((work) => {
      const before = process.cpuUsage();
      for (let i = 0; i < calls; i++) work(round * calls + i);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / calls;
    }),
  );
  return works.map((_, i) => rounds.map((times) => times[i]!).sort((a, b) => a - b)[ROUNDS >> 1]!);
}

function print(what: string, [byOpenssl, bySodium]: readonly number[]): void {
  const columns = [
    byOpenssl!.toFixed(2),
    bySodium!.toFixed(2),
    (bySodium! / byOpenssl!).toFixed(2),
  ];
  console.log(what.padEnd(40) + columns.map((column) => column.padStart(12)).join(''));
}

console.log(`Node.js ${process.version}, ${cpus()[0]?.model}, load ${loadavg()[0]!.toFixed(1)}`);
console.log(['µs of processor time'.padEnd(40), 'OpenSSL', 'libsodium', 'ratio'].join('   '));

const verify = (provider: CryptoProvider, i: number) => {
  const { publicKey, signature } = signed[i]!;
  if (!provider.verifyEd25519(publicKey, message, signature)) throw new Error('does not verify');
};
print(
  'verification, new key',
  measure(
    200,
    providers.map((by) => (i) => verify(by, i)),
  ),
);
print(
  'verification, known key',
  measure(
    200,
    providers.map((by) => () => verify(by, 0)),
  ),
);
const signers = providers.map((by) => by.ed25519Signer(seeds[0]!));
print(
  'signature, key kept',
  measure(
    200,
    signers.map((sign) => () => sign(message)),
  ),
);
print(
  'signature, from the seed',
  measure(
    200,
    providers.map((by) => (i) => by.signEd25519(seeds[i]!, message)),
  ),
);

const { crypto_hash_sha256: hash } = createRequire(import.meta.url)('sodium-native');
const output = new Uint8Array(32);
for (const bytes of [NODE_BYTES, ENTRY_BYTES]) {
  const data = randomBytes(bytes);
  const hashBySodium = () => {
    hash(output, data);
    return output.slice();
  };
  print(`SHA-256 of ${bytes} bytes`, measure(50_000, [() => openssl.sha256(data), hashBySodium]));
}
