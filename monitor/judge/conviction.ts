/**
 * From proven contradictions to judgements: who is accused, and who was shown what. Pure.
 */
import { toHex } from '#protocol/bytes.ts';
import { standingOf } from '#protocol/evidence/evidence.ts';
import { isCosignerType } from '#protocol/note/algorithms.ts';
import { parseVerifierKey, type VerifierKey } from '#protocol/note/key.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import type { EvidenceRecord } from '#service/evidence/evidence-record.ts';
import type { Statement } from '../statements/statement.ts';
import { type Judgement, judgementsAbout } from './judgement.ts';
import type { Contradiction } from './observations.ts';

/**
 * Evidence against a log is about that log, against a witness about the witness. A breach of the rules
 * for entries is the log's: a monitor knows which rules it keeps. An anomaly, which an honest witness
 * may show, too, is told as one and convicts nobody.
 */
export function judgeEvidence(record: EvidenceRecord, policy: Policy): Judgement {
  const { id, kind, origin, accused, statement } = record;
  const isWitness = isWitnessKey(accused, policy);
  const kinds = {
    proof: isWitness ? 'witness-misbehaviour' : 'log-contradiction',
    breach: 'invalid-entry',
    anomaly: 'witness-cosigned-backwards',
  } as const;
  return {
    kind: kinds[standingOf(kind)],
    origin,
    subject: isWitness ? nameOf(accused, policy) : '',
    state: 'bad',
    detail: statement,
    afterMs: 0,
    evidence: [id],
  };
}

/** A key of a type that both have is a log's if the policy says so. */
function isWitnessKey(vkey: string, { logs }: Policy): boolean {
  if (logs.some(({ key }) => key.text === vkey)) return false;
  return isCosignerType(parseVerifierKey(vkey).type);
}

/** A witness that goes forward again, in size and time, has its clock in order. */
export function judgeForward(origin: string, key: VerifierKey, policy: Policy): Judgement {
  return judgementsAbout(origin).good('witness-cosigned-backwards', nameOf(key.text, policy));
}

function nameOf(vkey: string, policy: Policy): string {
  return policy.witnesses.find(({ key }) => key.text === vkey)?.name ?? vkey;
}

/** When one side was cosigned by a witness that did not cosign the other, and the other way round. */
export function judgeDisagreement(
  contradiction: Contradiction,
  records: readonly EvidenceRecord[],
): Judgement[] {
  const { first, second } = contradiction;
  const [one, two] = [onlyIn(first, second), onlyIn(second, first)];
  if (one.length === 0 || two.length === 0) return [];
  return [
    {
      kind: 'witnesses-disagree',
      origin: first.checkpoint.origin,
      subject: '',
      state: 'bad',
      detail: `${cosigned(one, first)}; ${cosigned(two, second)}`,
      afterMs: 0,
      evidence: records.map(({ id }) => id),
    },
  ];
}

function onlyIn(statement: Statement, other: Statement): string[] {
  return [...statement.cosigners.keys()].filter((name) => !other.cosigners.has(name));
}

function cosigned(names: readonly string[], { checkpoint }: Statement): string {
  const root = toHex(checkpoint.root).slice(0, 16);
  return `${names.join(', ')} cosigned size ${checkpoint.size} with root ${root}…`;
}
