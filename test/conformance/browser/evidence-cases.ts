/** Evidence against a log and against witnesses of both kinds, standing and spoilt. */
import { encodeBase64 } from '#protocol/base64.ts';
import {
  type Contradiction,
  encodeEvidence,
  proveCosignedBackwards,
  proveDifferentSizeFork,
  proveSameSizeFork,
} from '#protocol/evidence/evidence.ts';
import {
  consistency,
  keys,
  noteOn,
  quantum,
  root,
  witness,
} from '#test/unit/protocol/evidence/scenario.ts';
import type { NamedCase } from './cases.ts';

function evidenceCase(name: string, expected: string, bytes: Uint8Array): NamedCase {
  const question = { kind: 'evidence', bytes: encodeBase64(bytes) } as const;
  return { name: `evidence: ${name}`, expected: [expected], question };
}

/** Two histories under the keys of a log and two witnesses, which accuse all three. */
function pieces(): Contradiction[] {
  const cosigners = [
    [witness, 1000],
    [quantum, 1000],
  ] as const;
  const later = cosigners.map(([key]) => [key, 2000] as const);
  const [left, right] = [
    noteOn('left', { size: 9, cosigners }),
    noteOn('right', { size: 9, cosigners }),
  ];
  const larger = noteOn('right', { size: 20, cosigners });
  const proof = consistency('right', 9, 20);
  return [
    ...proveSameSizeFork(left, right, keys),
    ...proveDifferentSizeFork(left, larger, root('right', 9), proof, keys),
    ...proveCosignedBackwards(larger, noteOn('right', { size: 9, cosigners: later }), keys),
  ];
}

/** `proven`, `unproven` or the code of the error is expected. */
export function evidenceCases(): NamedCase[] {
  const standing = pieces();
  const [first] = standing;
  const bytes = encodeEvidence(first!);
  return [
    ...standing.map((evidence) => {
      const name = `${evidence.kind} by ${evidence.accused.name}`;
      return evidenceCase(name, 'proven', encodeEvidence(evidence));
    }),
    evidenceCase('one note twice', 'unproven', encodeEvidence({ ...first!, second: first!.first })),
    evidenceCase(
      'notes by another',
      'unproven',
      encodeEvidence({ ...first!, accused: witness.verifier }),
    ),
    evidenceCase('cut off', 'bad-evidence', bytes.subarray(1)),
  ];
}
