/**
 * From proven contradictions to judgements: who is accused, and who was shown what. Pure.
 */
import { toHex } from '#protocol/bytes.ts';
import { isCosignerType } from '#protocol/note/cosignature.ts';
import { parseVerifierKey } from '#protocol/note/key.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import type { Judgement } from './judge.ts';
import type { Contradiction, Statement } from './ledger.ts';
import type { EvidenceRecord, InvalidEntries } from './state.ts';

/** Evidence against a log is about that log, against a witness about the witness. */
export function judgeEvidence(record: EvidenceRecord, policy: Policy): Judgement {
  const { id, origin, accused, statement } = record;
  const isWitness = isCosignerType(parseVerifierKey(accused).type);
  const witness = policy.witnesses.find(({ key }) => key.text === accused);
  return {
    kind: isWitness ? 'witness-misbehaviour' : 'log-contradiction',
    origin,
    subject: isWitness ? (witness?.name ?? accused) : '',
    state: 'bad',
    detail: statement,
    afterMs: 0,
    evidence: [id],
  };
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

export function judgeInvalid(origin: string, { count, examples }: InvalidEntries): Judgement[] {
  if (count === 0) return [];
  const shown = examples.join('; ');
  const more = count > examples.length ? '; …' : '';
  const detail = `${count} invalid ${count === 1 ? 'entry' : 'entries'}: ${shown}${more}`;
  return [{ kind: 'invalid-entry', origin, subject: '', state: 'bad', detail, afterMs: 0 }];
}
