/** The shapes of JSON bodies: submissions, results, proofs, errors. */
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { ENTRY_ERRORS } from '#protocol/errors.ts';
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
    'What the submitter should know of an entry that was taken, such as W-TS-002, it is older than the ' +
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
  code: { type: 'string', description: 'Stable, for programs.' },
  detail: { type: 'string', description: 'For people.' },
  field: { type: 'string', description: 'The member or parameter that is wrong.' },
  leaf_index: { ...SIZE, description: 'With proof-pending: where the entry is.' },
  leaf_hash: leafHash,
  duplicate,
};

/** The codes with which a log of these types refuses an entry, and what they mean. */
export function entryErrors(types: readonly EntryType[]): Readonly<Record<string, string>> {
  return Object.assign({}, ENTRY_ERRORS, ...types.map(({ errors }) => errors));
}

/** What all logs have in common, and the submissions of these types. */
export function components(types: readonly EntryType[]) {
  const submissions = types.flatMap(({ schema }) => (schema === undefined ? [] : [schema]));
  const own = Object.fromEntries(submissions.map(({ name, schema }) => [name, schema]));
  const meanings = Object.entries(entryErrors(types)).map(([code, text]) => `${code} ${text}`);
  const description = `Stable, for programs. Of an entry: ${meanings.join('; ')}.`;
  const members = { ...problemMembers, code: { type: 'string', description } };
  const Problem = object(members, ['field', 'leaf_index', 'leaf_hash', 'duplicate']);
  return { schemas: { ...own, ...schemas, Problem } };
}

const schemas = {
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
};
