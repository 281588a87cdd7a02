/** All files of vectors, in the order in which a new implementation wants them. */
import type { Group } from './case.ts';
import { canonical } from './groups/canonical.ts';
import { checkpoints } from './groups/checkpoint.ts';
import { claims } from './groups/claims.ts';
import { creating } from './groups/create.ts';
import { foundByFuzzing } from './groups/found-by-fuzzing.ts';
import { consistency, inclusion } from './groups/merkle.ts';
import { notes } from './groups/note.ts';
import { options } from './groups/options.ts';
import { policies } from './groups/policy.ts';
import { proofs } from './groups/proof.ts';
import { published } from './groups/published.ts';
import { receiptBytes } from './groups/receipt-bytes.ts';
import { receiptForm } from './groups/receipt-form.ts';
import { receiptProof } from './groups/receipt-proof.ts';
import { requests } from './groups/requests.ts';
import { shardSizes, shards } from './groups/shards.ts';
import { signatures } from './groups/signatures.ts';
import { sizes } from './groups/sizes.ts';
import { times } from './groups/times.ts';

export const GROUPS: readonly Group[] = [
  canonical,
  signatures,
  ...published,
  receiptForm,
  receiptBytes,
  times,
  options,
  claims,
  creating,
  inclusion,
  consistency,
  notes,
  checkpoints,
  policies,
  proofs,
  receiptProof,
  requests,
  sizes,
  foundByFuzzing,
  shards,
  shardSizes,
];
