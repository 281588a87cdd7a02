/** One case: a request of any kind, by the seed of the run and the number of the case. */
import { checkpointRequest, noteRequest, policyRequest, proofRequest } from './notes.ts';
import {
  canonicalRequest,
  consistencyRequest,
  ecdsaRequest,
  ed25519Request,
  inclusionRequest,
  leafHashRequest,
  mlDsaRequest,
} from './primitives.ts';
import { Random } from './random.ts';
import { createRequest, verifyRequest } from './receipts.ts';
import type { Request } from './request.ts';

const KINDS: readonly (readonly [weight: number, make: (random: Random) => Request])[] = [
  [45, verifyRequest],
  [8, createRequest],
  [10, canonicalRequest],
  [1, leafHashRequest],
  [6, ed25519Request],
  [1, mlDsaRequest],
  [2, ecdsaRequest],
  [3, inclusionRequest],
  [3, consistencyRequest],
  [6, noteRequest],
  [6, checkpointRequest],
  [5, policyRequest],
  [7, proofRequest],
];

export function makeCase(seed: number, caseNumber: number): Request {
  const random = new Random(seed, caseNumber);
  const request = random.weighed(KINDS)(random);
  return random.chance(0.01) ? spoiled(random, request) : request;
}

/** A request with a member that is missing, of another type, or no base64; or of an unknown kind. */
function spoiled(random: Random, request: Request): Request {
  const name = random.pick(Object.keys(request));
  const value = random.pick<unknown>([
    null,
    0,
    1,
    -1,
    true,
    '',
    'A',
    'AA=',
    '====',
    'AAA\n',
    [],
    [1],
    ['A'],
    {},
  ]);
  const { [name]: _, ...rest } = request;
  return random.chance(0.3) ? rest : { ...rest, [name]: value };
}
