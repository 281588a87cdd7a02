/** What may be done to a proven receipt, and the codes that every verifier must then find. */
import { canonicalize, type JsonObject, parseCanonical } from '#protocol/json/canonical.ts';
import { KEY_TYPES, makeSignerKey } from '#protocol/note/key.ts';
import { MAX_RECEIPT_BYTES, type Receipt } from '#protocol/receipt/types.ts';

/** What a verifier is asked. */
export interface VerdictRequest {
  readonly receipt: Uint8Array;
  readonly policy: string;
  readonly now: number;
}

export interface Tampering {
  readonly what: string;
  /** The codes of the errors in their order, by the default profile. */
  readonly expected: string;
  readonly tamper: (request: VerdictRequest) => VerdictRequest;
}

const DAY_MS = 24 * 3600 * 1000;

export const TAMPERINGS: readonly Tampering[] = [
  {
    what: 'another signature',
    expected: 'E-SIG-002, E-LOG-002',
    tamper: changed((receipt) => ({ ...receipt, sig: withOtherDigit(receipt.sig, 10) })),
  },
  {
    what: 'another output',
    expected: 'E-SIG-002, E-LOG-002',
    tamper: changed((receipt) => ({
      ...receipt,
      output_hash: withOtherDigit(receipt.output_hash),
    })),
  },
  {
    what: 'two days earlier',
    expected: 'E-SIG-002, E-LOG-002, E-TS-003',
    tamper: changed((receipt) => ({ ...receipt, ts: receipt.ts - 2 * DAY_MS })),
  },
  {
    what: 'without its nonce',
    expected: 'E-SCHEMA-001',
    tamper: changed(({ nonce: _, ...receipt }) => receipt),
  },
  {
    what: 'a space at its end',
    expected: 'E-SCHEMA-003',
    tamper: ({ receipt, ...rest }) => ({
      ...rest,
      receipt: Buffer.concat([receipt, Buffer.from(' ')]),
    }),
  },
  {
    what: 'another place in the tree',
    expected: 'E-LOG-002',
    tamper: withProof((proof) => proof.replace(/^index \d+$/m, 'index 9007199254740991')),
  },
  {
    what: 'another root',
    expected: 'E-LOG-002',
    tamper: withProof((proof) =>
      proof.replace(/(\n\n.*\n\d+\n)(.*)\n/, (_, head, root) => `${head}${withOtherDigit(root)}\n`),
    ),
  },
  {
    what: 'another cosignature',
    expected: 'E-LOG-002',
    tamper: withProof((proof) => {
      const last = proof.lastIndexOf(' ') + 1;
      return proof.slice(0, last) + withOtherDigit(proof.slice(last), 30);
    }),
  },
  {
    what: 'no cosignatures',
    expected: 'E-LOG-003',
    tamper: withProof((proof) => /^.*?\n\n.*?\n\n[^\n]*\n/s.exec(proof)![0]),
  },
  {
    what: 'a log that is not trusted',
    expected: 'E-LOG-004',
    tamper: ({ policy, ...rest }) => {
      const { text } = makeSignerKey(
        'stranger.example',
        KEY_TYPES.ed25519,
        new Uint8Array(32),
      ).verifier;
      return { ...rest, policy: policy.replace(/^log .*$/m, `log ${text}`) };
    },
  },
];

function changed(change: (receipt: Receipt) => object): Tampering['tamper'] {
  return ({ receipt, ...rest }) => {
    const value = parseCanonical(receipt, MAX_RECEIPT_BYTES) as JsonObject;
    const other = change(value as unknown as Receipt);
    return { ...rest, receipt: canonicalize(other, MAX_RECEIPT_BYTES) };
  };
}

function withProof(change: (proof: string) => string): Tampering['tamper'] {
  return changed((receipt) => ({
    ...receipt,
    log_inclusion: { proof: change(receipt.log_inclusion!.proof) },
  }));
}

/** Other bytes of the same length, in canonical base64 of either alphabet: not its last digit is changed. */
function withOtherDigit(encoded: string, at = 0): string {
  const other = encoded[at] === 'A' ? 'B' : 'A';
  return encoded.slice(0, at) + other + encoded.slice(at + 1);
}
