/** `create` (docs/spec/verifier.md, sections 2 and 4). */
import { encodeBase64 } from '#protocol/base64.ts';
import type { JsonObject } from '#protocol/json/canonical.ts';
import { ReceiptError } from '#protocol/receipt/codes.ts';
import { encodeReceipt } from '#protocol/receipt/create.ts';
import { createReceipt, type ReceiptParams } from '../create-receipt.ts';
import { IssuerKey } from '../issuer-key.ts';
import { asBytes, asInteger, asObject, asText, asTexts, type Request } from './request.ts';

const SEED_BYTES = 32;

export function answerCreate(request: Request): JsonObject {
  const params = readParams(IssuerKey.fromSeed(asBytes(request.seed, SEED_BYTES)), request);
  try {
    return { receipt: encodeBase64(encodeReceipt(createReceipt(params))) };
  } catch (error) {
    if (!(error instanceof ReceiptError)) throw error;
    const { code, field } = error;
    return field === undefined ? { error: code } : { error: code, field };
  }
}

function readParams(key: IssuerKey, request: Request): ReceiptParams {
  const params = asObject(request.params);
  const { key_erasure: keyErasure, environment, chain, ext } = params;
  // Whether these are what the types say is for `createReceipt` to judge.
  const optional = Object.entries({ keyErasure, environment, chain, ext });
  return {
    key,
    codeRef: asText(params.code_ref),
    input: asBytes(params.input),
    output: asBytes(params.output),
    policyIds: asTexts(params.policy_ids),
    ts: asInteger(params.ts),
    nonce: asBytes(params.nonce),
    ...Object.fromEntries(optional.filter(([, value]) => value !== undefined)),
  };
}
