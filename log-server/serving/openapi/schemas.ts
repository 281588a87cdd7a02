/** The shapes of JSON bodies: submissions, results, proofs, errors. */
import { RECEIPT_ERRORS } from '#protocol/receipt/codes.ts';
import { ref, SIZE } from './parts.ts';

const base64Hash = {
  type: 'string',
  pattern: '^[A-Za-z0-9+/]{43}=$',
  description: '32 bytes, base64 with padding',
};
const leafHash = {
  type: 'string',
  pattern: '^[0-9a-f]{64}$',
  description: 'SHA-256(0x00 || entry), lowercase hex: the one identifier of an entry',
};
const leafIndex = { ...SIZE, description: 'Zero-based, and never given to anything else.' };
const duplicate = { type: 'boolean', description: 'Whether the entry was in the log before.' };
const proof = { type: 'string', description: 'An offline proof (C2SP tlog-proof), as text.' };
const note = { type: 'string', description: 'A signed note, verbatim.' };

function object(properties: Readonly<Record<string, object>>, optional: readonly string[] = []) {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

const warnings = {
  type: 'array',
  description:
    'What the submitter should know of an entry that was taken: W-TS-002, it is older than the ' +
    'default profile of verifiers allows. Absent when there is nothing.',
  items: object(
    { code: { type: 'string' }, message: { type: 'string' }, field: { type: 'string' } },
    ['field'],
  ),
};
const submitted = { leaf_index: leafIndex, leaf_hash: leafHash, duplicate, warnings, proof };

const problemMembers = {
  type: { type: 'string', const: 'about:blank' },
  title: { type: 'string' },
  status: { type: 'integer', minimum: 400, maximum: 599 },
  code: {
    type: 'string',
    description:
      'Stable, for programs. Of a receipt: ' +
      `${Object.entries(RECEIPT_ERRORS)
        .map(([code, meaning]) => `${code} ${meaning}`)
        .join('; ')}.`,
  },
  detail: { type: 'string', description: 'For people.' },
  field: { type: 'string', description: 'The member or parameter that is wrong.' },
  leaf_index: { ...SIZE, description: 'With proof-pending: where the entry is.' },
  leaf_hash: leafHash,
  duplicate,
};

export const components = {
  schemas: {
    Receipt: {
      type: 'object',
      description: 'A TECP-0.1 receipt (docs/spec/receipt.md), in any JSON form that means it.',
      required: [
        'version',
        'code_ref',
        'ts',
        'nonce',
        'input_hash',
        'output_hash',
        'policy_ids',
        'pubkey',
        'sig',
      ],
      properties: {
        version: { const: 'TECP-0.1' },
        code_ref: { type: 'string', pattern: '^[ -~]{1,256}$' },
        ts: { type: 'integer', minimum: 1, description: 'Unix milliseconds' },
        nonce: { type: 'string', description: 'base64url of 16 to 64 bytes' },
        input_hash: { type: 'string', description: 'base64url of 32 bytes' },
        output_hash: { type: 'string', description: 'base64url of 32 bytes' },
        policy_ids: { type: 'array', maxItems: 64, items: { type: 'string' } },
        pubkey: { type: 'string', description: 'base64url of an Ed25519 key' },
        sig: { type: 'string', description: 'base64url of 64 bytes' },
      },
    },
    Submitted: object(submitted, ['warnings', 'proof']),
    BatchLine: {
      oneOf: [
        object({ status: { const: 200 }, ...submitted }, ['warnings', 'proof']),
        ref('Problem'),
      ],
    },
    Proof: object({
      leaf_index: leafIndex,
      leaf_hash: leafHash,
      tree_size: SIZE,
      root_hash: base64Hash,
      hashes: { type: 'array', maxItems: 64, items: base64Hash },
      checkpoint: note,
    }),
    Consistency: object({
      from: SIZE,
      to: SIZE,
      hashes: { type: 'array', maxItems: 64, items: base64Hash },
    }),
    TreeHead: object(
      {
        origin: { type: 'string' },
        tree_size: SIZE,
        root_hash: base64Hash,
        quorum_time: {
          type: 'integer',
          description: 'POSIX seconds by which the quorum had cosigned; absent for quorum none.',
        },
        cosignatures: {
          type: 'array',
          items: object({
            witness: { type: 'string', description: 'Name in the policy.' },
            key: { type: 'string', description: 'Verifier key.' },
            time: { type: 'integer', description: 'POSIX seconds.' },
          }),
        },
        checkpoint: note,
      },
      ['quorum_time'],
    ),
    KeySet: object({
      keys: {
        type: 'array',
        items: object({
          kty: { const: 'OKP' },
          crv: { const: 'Ed25519' },
          x: { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$' },
          use: { const: 'sig' },
          alg: { const: 'EdDSA' },
          kid: { type: 'string', pattern: '^[0-9a-f]{8}$', description: 'Key ID of the note key.' },
          origin: { type: 'string' },
          vkey: { type: 'string', description: 'The same key as a verifier key.' },
        }),
      },
    }),
    Problem: object(problemMembers, ['field', 'leaf_index', 'leaf_hash', 'duplicate']),
    Health: object({ status: { const: 'ok' } }),
    Readiness: object(
      {
        ready: { type: 'boolean' },
        reasons: {
          type: 'object',
          description: 'By origin: why that log cannot do its job.',
          additionalProperties: { type: 'string' },
        },
      },
      ['reasons'],
    ),
  },
};
