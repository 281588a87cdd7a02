/** What anybody can do from outside: read a log, judge what is shown, and hand it in. */
import { checkLog, type LogProblemKind } from '#client/check-log.ts';
import { get, send } from '#client/http.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import {
  type EvidenceVerdict,
  parseEvidence,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import { isQuorumMet, openWithPolicy } from '#protocol/policy/policy.ts';
import { PATIENT } from '#test/support/wait.ts';
import { HONEST, type Scene } from './scene.ts';
import { until } from './until.ts';

/** What somebody finds who reads the whole log from his own address, with the policy at hand. */
export async function readAll({ staged, policy }: Scene): Promise<LogProblemKind[]> {
  const source = new HttpTileSource(staged.url('reader'), PATIENT);
  const types = entryTypes(['tecp-receipt']);
  const report = await checkLog(source, { policy, entryTypes: types });
  return report.problems.map(({ kind }) => kind);
}

/** A piece of evidence of the monitor, fetched and judged as a stranger would. */
export async function judged({ monitor }: Scene, id: string): Promise<EvidenceVerdict> {
  const bytes = await get(`${monitor.url}/evidence/${id}`, PATIENT);
  return verifyEvidence(parseEvidence(bytes));
}

/** Hands a checkpoint in to the monitor until it gives this verdict, or this error code. */
export async function handIn({ monitor }: Scene, note: string, says: string, status = 200) {
  const url = `${monitor.url}/v1/gossip/checkpoint`;
  await until(
    async () => {
      const answer = await send(url, { method: 'POST', body: note }, PATIENT);
      const { verdict, code } = JSON.parse(decodeUtf8(answer.body)) as Record<string, string>;
      return answer.status === status && (verdict ?? code) === says;
    },
    { what: `${says} about what is handed in` },
  );
}

/** Whether a quorum of the policy stands behind a note. */
export function isAccepted({ policy }: Scene, note: string): boolean {
  return openWithPolicy(note, policy).quorumMet;
}

/** Whether a reader is shown a tree of this size or more with a quorum of honest witnesses alone. */
export async function isCosignedByHonest({ staged, policy }: Scene, size: number) {
  const note = decodeUtf8(await get(`${staged.url('reader')}/checkpoint`, PATIENT));
  const { checkpoint, cosignatures } = openWithPolicy(note, policy);
  const names = cosignatures.map(({ witness }) => witness);
  const honest = names.filter((name) => HONEST.some((witness) => name.startsWith(`${witness}-`)));
  return checkpoint.size >= size && isQuorumMet(policy, new Set(honest));
}
