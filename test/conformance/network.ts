/** A log and witnesses with keys of both kinds, in this process on loopback: what the peers judge. */
import { KEY_TYPES, type KeyType } from '#protocol/note/key.ts';
import { type Policy, parsePolicy } from '#protocol/policy/policy.ts';
import { logKey, startTestLog, type TestLog, type TestLogOptions } from '#test/support/log.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { type Cleanup, startTestWitness, witnessSetup } from '#test/support/witness.ts';

export interface Network {
  readonly log: TestLog;
  readonly policyText: string;
  readonly policy: Policy;
}

interface WitnessLines {
  readonly name: string;
  readonly lines: readonly string[];
}

const KINDS: readonly [suffix: string, type: KeyType][] = [
  ['ed', KEY_TYPES.cosignatureEd25519],
  ['pq', KEY_TYPES.cosignatureMlDsa44],
];

/** Starts one witness of the log; its lines in a policy, as `tecp up` writes them. */
async function startWitness(cleanup: Cleanup, number: number): Promise<WitnessLines> {
  const name = `witness-${number}`;
  const options = { name: `${name}.example`, types: KINDS.map(([, type]) => type) };
  const { config, keys } = witnessSetup(cleanup.folder(), [new MemoryLog(logKey())], options);
  const { url } = await startTestWitness(cleanup, config);
  const members = KINDS.map(([suffix]) => `${name}-${suffix}`);
  const lines = members.map((member, i) => `witness ${member} ${keys[i]!.verifier.text} ${url}`);
  return { name, lines: [...lines, `group ${name} all ${members.join(' ')}`] };
}

/** A log and three witnesses; `quorum` of them, each with both its keys, have to cosign. */
export async function startWitnessedLog(
  cleanup: Cleanup,
  quorum: number,
  options: Pick<TestLogOptions, 'settings' | 'log'> = {},
): Promise<Network> {
  const witnesses: WitnessLines[] = [];
  for (const number of [1, 2, 3]) witnesses.push(await startWitness(cleanup, number));
  const names = witnesses.map(({ name }) => name).join(' ');
  const lines = witnesses.flatMap(({ lines: own }) => own);
  const policy = `${[...lines, `group enough ${quorum} ${names}`, 'quorum enough'].join('\n')}\n`;
  const log = await startTestLog({ ...options, policy });
  cleanup.add(() => log.close());
  const policyText = `log ${log.key.verifier.text}\n${policy}`;
  return { log, policyText, policy: parsePolicy(policyText) };
}
