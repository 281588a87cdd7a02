/** Lists of shards, docs/spec/shards.md and docs/spec/verifier.md section 6. */
import type { Group } from '../case.ts';
import { followingCases } from './shards/following.ts';
import { formCases, sizeCases } from './shards/form.ts';
import { signedCases } from './shards/signed.ts';

export const shards: Group = {
  file: 'shards',
  isOptional: true,
  description: 'Lists of shards, docs/spec/shards.md and docs/spec/verifier.md section 6.',
  cases: [...formCases, ...signedCases, ...followingCases],
};

export const shardSizes: Group = {
  file: 'shard-sizes',
  isOptional: true,
  isLarge: true,
  description: 'The limit of bytes of a list of shards, docs/spec/shards.md section 1.',
  cases: sizeCases,
};
