/** JSON that does not hang on the request: made once, for the log or for each checkpoint. */
import { encodeBase64 } from '#protocol/base64.ts';
import { logAlgorithmOf } from '#protocol/note/algorithms.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { openWithPolicy } from '#protocol/policy/policy.ts';
import type { LogStanding } from '../sequencing/sequencer-link.ts';
import type { KeySetJson, TreeHeadJson } from './openapi/schemas.ts';
import type { PublishedCheckpoint } from './published-checkpoint.ts';
import type { ServedLog } from './served-log.ts';

/** `make`, at most once for each key, as long as the key is in use anywhere. */
export function oncePer<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known.value;
    const value = make(key);
    made.set(key, { value });
    return value;
  };
}

/** Verifies every cosignature, which takes a millisecond for some witnesses. */
export function treeHeadJson(
  {
    origin,
    policy,
    standing,
  }: Pick<ServedLog, 'origin' | 'policy'> & {
    readonly standing: Pick<LogStanding, 'isFrozen'>;
  },
  { note, size, root }: PublishedCheckpoint,
): string {
  const { cosignatures, quorumTimeSeconds } = openWithPolicy(note, policy);
  const head: TreeHeadJson = {
    origin,
    tree_size: size,
    root_hash: encodeBase64(root),
    ...(standing.isFrozen && { frozen: true }),
    ...(quorumTimeSeconds === undefined ? {} : { quorum_time: quorumTimeSeconds }),
    cosignatures: cosignatures.map(({ witness, key, timeSeconds }) => ({
      witness,
      key: key.text,
      time: timeSeconds,
    })),
    checkpoint: note,
  };
  return JSON.stringify(head);
}

/** A JSON Web Key Set of the log's key. */
export function keySetJson({ name, type, publicKey, id, text }: VerifierKey): string {
  const { members, alg } = logAlgorithmOf(type).jwk(publicKey);
  const key: KeySetJson['keys'][number] = {
    ...members,
    use: 'sig',
    alg,
    kid: id,
    origin: name,
    vkey: text,
  };
  return JSON.stringify({ keys: [key] });
}
