/**
 * One receipt, all the way: signed, submitted as anybody would, and its proof verified by the monitor's
 * own policy. Nothing that the log says of itself counts as success.
 */

import { parseJsonObject, RemoteError } from '#client/http.ts';
import { LogClient } from '#client/log-client.ts';
import { randomBytes } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { createReceipt, encodeReceipt, withProof } from '#protocol/receipt/create.ts';
import { verifyReceipt } from '#protocol/receipt/verify.ts';
import { outboundFetch } from '#service/outbound.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { CanaryResult, CanaryStage } from '../judge/canary.ts';

export interface ProbeOptions {
  readonly origin: string;
  readonly url: string;
  readonly policy: Policy;
  /** Of the issuer's key. */
  readonly seed: Uint8Array;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

/** By which its receipts are known in the log. */
const CODE_REF = 'tecp:canary';

const FROZEN =
  'the log is frozen and takes no entry ever again: take it out of the logs of the canary, and put in the one ' +
  'that follows it';

/** Rejects only when aborted, or for failures of our own. */
export async function probe(options: ProbeOptions): Promise<CanaryResult> {
  const atMs = options.now();
  const startedMs = monotonicMs();
  const failure = await attempt(options, startedMs);
  const tookMs = monotonicMs() - startedMs;
  return failure === undefined ? { atMs, tookMs } : { atMs, tookMs, failure };
}

async function attempt(options: ProbeOptions, startedMs: number) {
  const receipt = createReceipt(
    {
      code_ref: CODE_REF,
      ts: options.now(),
      nonce: encodeBase64Url(randomBytes(16)),
      input_hash: encodeBase64Url(randomBytes(32)),
      output_hash: encodeBase64Url(randomBytes(32)),
      policy_ids: [],
    },
    options.seed,
  );
  const proof = await proofOf(encodeReceipt(receipt), options, startedMs);
  if (typeof proof !== 'string') return proof;
  const { policy, origin, now } = options;
  const verdict = verifyReceipt(withProof(receipt, proof), { policy, nowMs: now() });
  const [error] = verdict.errors;
  if (error !== undefined) {
    const stage = error.code === 'E-LOG-003' ? 'quorum' : 'proof';
    return failed(stage, `${error.code}: ${error.message}`);
  }
  if (verdict.origin === origin) return undefined;
  return failed('proof', `the proof is of the log "${verdict.origin}"`);
}

/** The proof, asked for again while there is time: sending the same receipt again is safe. */
async function proofOf(entry: Uint8Array, options: ProbeOptions, startedMs: number) {
  const { url, signal, timeoutMs } = options;
  let wait: ReturnType<typeof failed> | undefined;
  for (;;) {
    const leftMs = Math.floor(timeoutMs - (monotonicMs() - startedMs));
    if (leftMs < 1) return wait ?? failed('submit', `no answer within ${timeoutMs} ms`);
    const client = new LogClient(url, { timeoutMs: leftMs, signal, fetch: outboundFetch });
    try {
      const { proof } = await client.submit(entry, { waitForProof: true, attempts: 1 });
      return proof ?? failed('wait', 'the answer holds no proof');
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof RemoteError)) throw error;
      const detail = error.message.slice(`${error.url}: `.length);
      if (codeOf(error) === 'log-frozen') return failed('submit', FROZEN);
      if (codeOf(error) !== 'proof-pending') return wait ?? failed('submit', detail);
      wait = failed('wait', detail);
    }
  }
}

function failed(stage: CanaryStage, detail: string) {
  return { stage, detail };
}

function codeOf({ body }: RemoteError): unknown {
  return body === undefined ? undefined : parseJsonObject(body)?.code;
}
