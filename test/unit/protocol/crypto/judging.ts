/** Says whose Ed25519 it has, and judges a signature of its own twice, the second time spoiled: run by itself. */
import { parentPort } from 'node:worker_threads';
import { ed25519Library, ed25519PublicKey, randomBytes, signEd25519, verifyEd25519 } from '#crypto';

const seed = randomBytes(32);
const signature = signEd25519(seed, seed);
const judge = () => verifyEd25519(ed25519PublicKey(seed), seed, signature);
const whole = judge();
signature[40]! ^= 1;
const said = `${ed25519Library} ${whole} ${judge()}`;
if (parentPort === null) process.stdout.write(said);
else parentPort.postMessage(said);
