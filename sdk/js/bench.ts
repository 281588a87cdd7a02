/**
 * What the library adds to bare signing and verifying: `node sdk/js/bench.ts FILE`, where FILE is JSON with `seed`,
 * `receipt`, `proven` and `policy` in base64 and `now` in Unix milliseconds. Prints a line of JSON: medians of
 * processor time per operation, in microseconds, over rounds in which the operations take turns, once they are warm.
 */
import { readFileSync } from 'node:fs';
import { ed25519Library, ed25519Signer, verifyEd25519 } from '#crypto';
import { decodeBase64, decodeBase64Url } from '#protocol/base64.ts';
import { parseReceipt } from '#protocol/receipt/receipt.ts';
import { createReceipt, IssuerKey, parsePolicy, verifyReceipt } from './src/index.ts';

const ROUNDS = 40;
const ROUND_MS = 15;
/** Of each operation, first: V8 compiles what is called often again, and tens of thousands of calls later once more. */
const WARM_UP_MS = 2000;

const file = JSON.parse(readFileSync(process.argv[2]!, 'utf8'));
const bytesOf = (name: string): Uint8Array => decodeBase64(file[name]);

const nowMs: number = file.now;
const receipt = bytesOf('receipt');
const proven = bytesOf('proven');
const policy = parsePolicy(bytesOf('policy'));
const { signedBytes, publicKey, signature } = parseReceipt(receipt);
const sign = ed25519Signer(bytesOf('seed'));
const key = IssuerKey.fromSeed(bytesOf('seed'));
const nonce = decodeBase64Url('CQkJCQkJCQkJCQkJCQkJCQ');
const [input, output] = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)];
const params = { key, codeRef: 'git:5f3c1e', input, output, ts: nowMs, nonce };

const OPERATIONS: Readonly<Record<string, () => unknown>> = {
  sign_us: () => sign(signedBytes),
  verify_us: () => verifyEd25519(publicKey, signedBytes, signature),
  create_us: () => createReceipt(params),
  verify_receipt_us: () => verifyReceipt(receipt, { nowMs }),
  verify_proof_us: () => verifyReceipt(proven, { nowMs, policy }),
};

for (const bytes of [receipt, proven]) {
  const verdict = verifyReceipt(bytes, { nowMs, policy });
  if (!verdict.valid) throw new Error(`expected valid receipts: ${JSON.stringify(verdict)}`);
}

/** Microseconds of processor time per call, over as many calls as fit into this time. */
function measure(operation: () => unknown, durationMs: number): number {
  const endMs = performance.now() + durationMs;
  const start = process.cpuUsage();
  let calls = 0;
  do {
    for (let i = 0; i < 10; i++) operation();
    calls += 10;
  } while (performance.now() < endMs);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / calls;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

for (const operation of Object.values(OPERATIONS)) measure(operation, WARM_UP_MS);
const rounds = Array.from({ length: ROUNDS }, () =>
  Object.values(OPERATIONS).map((operation) => measure(operation, ROUND_MS)),
);
const medians = Object.keys(OPERATIONS).map((name, i) => [
  name,
  Number(median(rounds.map((round) => round[i]!)).toFixed(1)),
]);
const result = { sdk: 'js', library: ed25519Library, ...Object.fromEntries(medians) };
process.stdout.write(`${JSON.stringify(result)}\n`);
