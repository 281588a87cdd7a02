/** `tecp evidence verify`: whether a bundle proves that a log or a witness lied, offline. */
import { Command } from 'commander';
import { EXIT, unusable } from '#cli/lib/errors.ts';
import { inputName, readInput, readPolicy } from '#cli/lib/files.ts';
import { formatFacts, printable, printJson } from '#cli/lib/print.ts';
import { ProtocolError } from '#protocol/errors.ts';
import {
  type Evidence,
  evidenceId,
  MAX_EVIDENCE_BYTES,
  parseEvidence,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import type { Policy } from '#protocol/policy/policy.ts';

const NEWLINE = 0x0a;

const DETAILS = `
The evidence needs no trust in whoever hands it over: it holds two statements with the signature of
the accused that an honest key would not both have signed. With --policy it is also said whether
the accused is a log or a witness that you trust; if so, stop doing that.

Exit codes: 0 proven, 1 not proven, 2 unreadable.

Examples:
  $ curl -s http://127.0.0.1:8420/evidence/<id> > evidence.json
  $ ./tecp evidence verify evidence.json --policy data/policy.txt`;

interface VerifyOptions {
  readonly policy?: string;
  readonly json?: boolean;
}

export function evidenceCommand(): Command {
  const command = new Command('evidence').description('Evidence of a log or a witness that lied.');
  command
    .command('verify')
    .description('Verifies a bundle of evidence, offline: PROVEN or NOT PROVEN.')
    .argument('<file>', 'evidence, or - for standard input')
    .option('--policy <file>', 'policy file: say whether it lists the accused')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', DETAILS)
    .action(verify);
  return command;
}

async function verify(file: string, options: VerifyOptions): Promise<void> {
  const policy = options.policy === undefined ? undefined : await readPolicy(options.policy);
  const evidence = await readEvidence(file);
  const verdict = verifyEvidence(evidence);
  const listed = policy && roleInPolicy(policy, evidence);
  process.exitCode = verdict.proven ? EXIT.ok : EXIT.failed;
  if (options.json) {
    const inPolicy = policy === undefined ? {} : { in_policy: listed ?? null };
    printJson({ ...verdict, kind: evidence.kind, id: evidenceId(evidence), ...inPolicy });
    return;
  }
  const facts = formatFacts([
    ['reason', verdict.reason && printable(verdict.reason)],
    ['kind', evidence.kind],
    ['accused', printable(verdict.accused)],
    ['origin', printable(verdict.origin)],
    ['evidence', evidenceId(evidence)],
    ['policy', policy && describeRole(listed)],
  ]);
  const title = verdict.proven ? 'PROVEN' : 'NOT PROVEN';
  process.stdout.write(`${title}: ${printable(verdict.statement)}\n${facts}`);
}

async function readEvidence(file: string): Promise<Evidence> {
  const bytes = await readInput(file, MAX_EVIDENCE_BYTES + 1);
  const end = bytes.at(-1) === NEWLINE ? bytes.length - 1 : bytes.length;
  try {
    return parseEvidence(new Uint8Array(bytes.subarray(0, end)));
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
  if (listed === undefined) return 'does not list the accused';
  return listed === 'log' ? 'trusts the accused as a log' : `trusts the accused as ${listed}`;
}
