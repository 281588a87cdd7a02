/**
 * `GET /metadata`: who this witness is, by which keys and where, and whose checkpoints it cosigns.
 *
 * `witness_name`, `witness_public_key`, the prefixes and `logs` with `origin` and `log_public_keys` are
 * what the witness of Cloudflare's Azul shows at this path, so that its clients can read ours. Keys are
 * beside that in the form of signed notes, and those that were retired stay in the list.
 */
import { encodeBase64 } from '#protocol/base64.ts';
import { concatBytes } from '#protocol/bytes.ts';
import { algorithmOf } from '#protocol/note/algorithms.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { signsSubtrees } from '#protocol/note/subtree-cosignature.ts';
import { answer, answers, createRoute, TOO_MANY, z } from '#service/openapi.ts';
import type { WitnessConfig } from './config.ts';
import type { Cosigner } from './cosigner.ts';
import type { LogRegistry } from './logs/registry.ts';
import { sameWhileSame } from './logs/same-while-same.ts';
import type { WitnessedLog } from './logs/witnessed-log.ts';

const spki = (whose: string) =>
  z.string().openapi({ description: `${whose}, DER SubjectPublicKeyInfo in base64.` });

const keySchema = z.strictObject({
  vkey: z.string().openapi({ description: 'Verifier key, as in signed notes.' }),
  algorithm: z.string(),
  retired_at: z
    .int()
    .optional()
    .openapi({ description: 'Unix milliseconds since when it signs no more; absent if it does.' }),
});

const metadataSchema = z
  .strictObject({
    witness_name: z.string(),
    witness_public_key: spki('A key that signs now, ML-DSA-44 if there is one'),
    keys: z.array(keySchema).openapi({ description: 'All keys, those that sign now first.' }),
    submission_prefix: z.string().openapi({ description: 'URL prefix of what is posted.' }),
    monitoring_prefix: z.string().openapi({ description: 'URL prefix of what is read.' }),
    logs: z.array(
      z.strictObject({
        origin: z.string(),
        vkeys: z.array(z.string()),
        log_public_keys: z.array(spki('A key of the log')),
      }),
    ),
  })
  .openapi('WitnessMetadata');

export type Metadata = z.infer<typeof metadataSchema>;

export const metadataRoute = createRoute({
  method: 'get',
  path: '/metadata',
  tags: ['witness'],
  summary: 'Its name, keys and prefixes, and the logs that it cosigns',
  responses: answers({
    200: answer('The metadata.', { 'application/json': metadataSchema }),
    429: TOO_MANY,
  }),
});

export interface MetadataSources {
  readonly cosigner: Cosigner;
  readonly logs: LogRegistry;
  readonly prefixes: WitnessConfig['prefixes'];
}

/** `ownPrefix`: how it was reached, for a witness that is not told its prefixes. */
export function metadata(
  { cosigner, logs, prefixes }: MetadataSources,
  ownPrefix: string,
): Metadata {
  const { active, retired } = cosigner;
  const submission = prefixes.submission ?? ownPrefix;
  return {
    witness_name: cosigner.name,
    witness_public_key: spkiOf(active.find(({ type }) => signsSubtrees(type)) ?? active[0]!),
    keys: [
      ...active.map(keyItem),
      ...retired.map(({ key, retiredAtMs }) => ({ ...keyItem(key), retired_at: retiredAtMs })),
    ],
    submission_prefix: submission,
    monitoring_prefix: prefixes.monitoring ?? submission,
    logs: logItems(logs.enabled()),
  };
}

const logItems = sameWhileSame((logs: readonly WitnessedLog[]) =>
  logs.map(({ origin, keys }) => ({
    origin,
    vkeys: keys.map(({ text }) => text),
    log_public_keys: keys.map(spkiOf),
  })),
);

function keyItem({ text, type }: VerifierKey) {
  return { vkey: text, algorithm: algorithmOf(type).label };
}

function spkiOf({ type, publicKey }: VerifierKey): string {
  return encodeBase64(concatBytes(algorithmOf(type).spkiPrefix, publicKey));
}
