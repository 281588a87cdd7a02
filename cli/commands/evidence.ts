/** `tecp evidence verify`: what a bundle proves against a log or a witness, offline. */
import { Command } from 'commander';
import { EXIT, unusable } from '#cli/lib/errors.ts';
import { inputName, readInput, readPolicy } from '#cli/lib/files.ts';
import { fingerprint } from '#cli/lib/key-text.ts';
import { trustOption } from '#cli/lib/options.ts';
import { formatFacts, printable, printJson } from '#cli/lib/print.ts';
import { paint } from '#cli/lib/style.ts';
import { ProtocolError } from '#protocol/errors.ts';
import {
  type Evidence,
  type EvidenceFile,
  evidenceId,
  MAX_EVIDENCE_FILE_BYTES,
  parseEvidenceFile,
  type Sighting,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { EVIDENCE_WORDS, evidenceWord } from '#protocol/verdict/words.ts';

const DETAILS = `
The evidence needs no trust in whoever hands it over: it holds what one key signed. What is said:
  PROVEN      Two statements contradict each other, and no honest key signs both: its owner lied, or
              lost the key or its memory.
  BREACH      A log signed a tree with an entry that rules refuse. It convicts a log that keeps these
              rules, which you have to know.
  ANOMALY     Two statements contradict each other, but an honest witness whose clock stepped back
              signs both too. It convicts nobody; ask whoever runs that witness.
  NOT PROVEN  They are not what they claim to be, or nothing follows from them.
With --policy it is also said whether the signer is a log or a witness that you trust; one that is
PROVEN to have lied should not be.

Exit codes: 0 PROVEN, 1 NOT PROVEN, 2 unreadable, 3 BREACH or ANOMALY.

Examples:
  $ curl -s http://127.0.0.1:8420/evidence/<id> > evidence.json
  $ ./tecp evidence verify evidence.json --policy data/policy.txt`;

interface VerifyOptions {
  readonly trust?: string;
  readonly json?: boolean;
}

export function evidenceCommand(): Command {
  const command = new Command('evidence')
    .description('Evidence against a log or a witness.')
    .addHelpText(
      'after',
      '\nExample:\n  $ ./tecp evidence verify docs/examples/fork.tecp-evidence.json',
    );
  command
    .command('verify')
    .description('Verifies a bundle of evidence, offline: PROVEN, BREACH, ANOMALY or NOT PROVEN.')
    .argument('<file>', 'evidence, or - for standard input')
    .addOption(trustOption('policy file: say whether it lists the signer'))
    .option('--json', 'print one line of JSON')
    .addHelpText('after', DETAILS)
    .action(verify);
  return command;
}

async function verify(file: string, options: VerifyOptions): Promise<void> {
  const policy = options.trust === undefined ? undefined : await readPolicy(options.trust);
  const { evidence, sightings } = await readEvidence(file);
  const verdict = verifyEvidence(evidence);
  const listed = policy && roleInPolicy(policy, evidence);
  const word = evidenceWord(verdict);
  const { title, tone, signer } = EVIDENCE_WORDS[word];
  process.exitCode = EXIT_CODES[word];
  if (options.json) {
    const inPolicy = policy === undefined ? {} : { in_policy: listed ?? null };
    const key = { key_id: evidence.accused.id, fingerprint: fingerprint(evidence.accused) };
    printJson({
      ...verdict,
      ...key,
      kind: evidence.kind,
      id: evidenceId(evidence),
      ...inPolicy,
      sightings: sightings.map(sightingItem),
    });
    return;
  }
  const facts = formatFacts([
    ['reason', verdict.reason && printable(verdict.reason)],
    ['kind', evidence.kind],
    [signer, `${printable(evidence.accused.name)} (key ID ${evidence.accused.id})`],
    ['fingerprint', fingerprint(evidence.accused)],
    ['origin', printable(verdict.origin)],
    ['evidence', evidenceId(evidence)],
    ['policy', policy && describeRole(listed)],
    ...sightings.map((sighting) => ['seen', describeSighting(sighting)] as const),
  ]);
  process.stdout.write(`${paint(tone, title)}: ${printable(verdict.statement)}\n${facts}`);
}

const EXIT_CODES = {
  proof: EXIT.ok,
  breach: EXIT.weaker,
  anomaly: EXIT.weaker,
  nothing: EXIT.failed,
} as const;

async function readEvidence(file: string): Promise<EvidenceFile> {
  const bytes = await readInput(file, MAX_EVIDENCE_FILE_BYTES);
  try {
    return parseEvidenceFile(new Uint8Array(bytes));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw unusable(`${inputName(file)} is not evidence: ${error.message}.`);
  }
}

/** What the accused key is in the policy: `log`, the name of a witness, or nothing. */
function roleInPolicy(policy: Policy, { accused }: Evidence): string | undefined {
  if (policy.logs.some(({ key }) => key.text === accused.text)) return 'log';
  return policy.witnesses.find(({ key }) => key.text === accused.text)?.name;
}

function describeRole(listed: string | undefined): string {
  if (listed === undefined) return 'does not list this key';
  return listed === 'log' ? 'trusts this key as a log' : `trusts this key as ${listed}`;
}

/** Said to be claimed: nobody signs where something was seen. */
function describeSighting({ what, where, atMs, by }: Sighting): string {
  return `${what}, at ${printable(where)}, ${timeText(atMs)}, says ${printable(by)}`;
}

function sightingItem({ what, where, atMs, by }: Sighting) {
  return { at: atMs, by, what, where };
}

function timeText(atMs: number): string {
  const time = new Date(atMs);
  return Number.isNaN(time.getTime()) ? `${atMs} ms` : time.toISOString();
}
