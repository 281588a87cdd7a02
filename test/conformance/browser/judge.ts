/**
 * One judgement by `shared/protocol` with everything it needs as JSON, so that the same case can be
 * put to it in Node, in a browser, and with either crypto provider, and the answers compared whole.
 */
import { verifyEcdsa, verifyEd25519, verifyMlDsa44 } from '#crypto';
import { decodeBase64 } from '#protocol/base64.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { parseEvidence, verifyEvidence } from '#protocol/evidence/evidence.ts';
import type { JsonValue } from '#protocol/json/canonical.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import type { Profile } from '#protocol/receipt/types.ts';
import { verifyReceipt } from '#protocol/receipt/verify.ts';

export interface ReceiptOptions {
  readonly profile: Profile;
  readonly nowMs: number;
  /** Text of a policy file. */
  readonly policy?: string;
  readonly trustedKeys?: readonly string[];
}

const VERIFIERS = {
  ed25519: verifyEd25519,
  'ml-dsa-44': verifyMlDsa44,
  ecdsa: verifyEcdsa,
} as const;

export type SignatureKind = keyof typeof VERIFIERS;

/** Bytes are base64. */
export type Case =
  | { readonly kind: 'receipt'; readonly bytes: string; readonly options: ReceiptOptions }
  | { readonly kind: 'object'; readonly value: JsonValue; readonly options: ReceiptOptions }
  | { readonly kind: 'evidence'; readonly bytes: string }
  | {
      readonly kind: SignatureKind;
      readonly key: string;
      readonly message: string;
      readonly signature: string;
    };

function judgeReceipt(input: unknown, { policy, ...options }: ReceiptOptions) {
  const parsed = policy === undefined ? {} : { policy: parsePolicy(policy) };
  return verifyReceipt(input, { ...options, ...parsed });
}

function answer(question: Case): unknown {
  switch (question.kind) {
    case 'receipt':
      return judgeReceipt(decodeBase64(question.bytes), question.options);
    case 'object':
      return judgeReceipt(question.value, question.options);
    case 'evidence':
      return verifyEvidence(parseEvidence(decodeBase64(question.bytes)));
    default: {
      const verify = VERIFIERS[question.kind];
      const { key, message, signature } = question;
      return verify(decodeBase64(key), decodeBase64(message), decodeBase64(signature));
    }
  }
}

/** The verdict, or the typed error, or what is wrong with the options, as JSON data. */
export function judge(question: Case): unknown {
  try {
    return answer(question);
  } catch (error) {
    if (error instanceof ProtocolError) return { thrown: error.code, message: error.message };
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    return { thrown: error.name, message: error.message };
  }
}
