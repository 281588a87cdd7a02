/** JSON Schema of a submitted receipt, for documents of an API. `members.ts` is what decides. */
import { RECEIPT_VERSION, REQUIRED_MEMBERS } from './types.ts';

export const RECEIPT_SCHEMA = {
  type: 'object',
  description: 'A TECP-0.1 receipt (docs/spec/receipt.md), in any JSON form that means it.',
  required: REQUIRED_MEMBERS,
  properties: {
    version: { const: RECEIPT_VERSION },
    code_ref: { type: 'string', pattern: '^[ -~]{1,256}$' },
    ts: { type: 'integer', minimum: 1, description: 'Unix milliseconds' },
    nonce: { type: 'string', description: 'base64url of 16 to 64 bytes' },
    input_hash: { type: 'string', description: 'base64url of 32 bytes' },
    output_hash: { type: 'string', description: 'base64url of 32 bytes' },
    policy_ids: { type: 'array', maxItems: 64, items: { type: 'string' } },
    pubkey: { type: 'string', description: 'base64url of an Ed25519 key' },
    sig: { type: 'string', description: 'base64url of 64 bytes' },
  },
} as const;
