/** `tecp policy build|check`: files that say whom to trust, made of keys and looked at with care. */
import { Command } from 'commander';
import { EXIT, unusable } from '#cli/lib/errors.ts';
import { readPolicy } from '#cli/lib/files.ts';
import { fingerprint, keyJson } from '#cli/lib/key-text.ts';
import { formatFacts, formatTable, plural, printable, printJson, say } from '#cli/lib/print.ts';
import { paint } from '#cli/lib/style.ts';
import { buildPolicy, readParty } from '#cli/policy/build.ts';
import { judgePolicy, type PolicyJudgement } from '#cli/policy/judge.ts';
import { type Answer, askEverybody } from '#cli/policy/online.ts';
import { formatPolicy, type Policy } from '#protocol/policy/policy.ts';
import { describeWriteError } from '#service/errors.ts';
import { createFileSync } from '#service/files.ts';

const EXAMPLES = `
Examples:
  $ ./tecp policy check data/policy.txt
  $ ./tecp policy build --log log.vkey --witness w1.vkey --out policy.txt`;

const BUILD_DETAILS = `
A key is a verifier key, or a file with verifier keys, one on each line. Keys of one name are one
witness, who counts when all of them have cosigned. Without --quorum more than half of the witnesses
must cosign.

Get each key from its owner and compare its fingerprint over another channel ("tecp key show"): a
policy file is only as good as the keys in it.

Examples:
  $ ./tecp policy build --log log.vkey,https://log.example.org/2026 \\
      --witness w1.vkey,https://w1.example --witness w2.vkey,https://w2.example --out policy.txt
  $ ./tecp policy build --log log.vkey --witness w1.vkey --quorum 1`;

const CHECK_DETAILS = `
With --online each URL is asked, too, whether it answers with the keys that are listed.

Exit codes: 0 nothing to say against it, 2 not a policy file, 3 weak, or somebody does not answer.

Examples:
  $ ./tecp policy check policy.txt
  $ ./tecp policy check policy.txt --online --json`;

interface BuildOptions {
  readonly log: readonly string[];
  readonly witness: readonly string[];
  readonly quorum?: string;
  readonly out?: string;
}

interface CheckOptions {
  readonly online?: boolean;
  readonly json?: boolean;
}

export function policyCommand(): Command {
  const command = new Command('policy')
    .description('Policy files: whom to trust.')
    .addHelpText('after', EXAMPLES);
  const collect = (value: string, before: readonly string[]) => [...before, value];
  command
    .command('build')
    .description('Makes a policy file of keys, URLs and the number of witnesses that must cosign.')
    .option('--log <key[,url]>', 'a log to trust; repeat it for several', collect, [])
    .option('--witness <key[,url]>', 'a witness to trust; repeat it for several', collect, [])
    .option('--quorum <number>', 'witnesses that must cosign: a number, any, all or none')
    .option('--out <file>', 'file to create (default: standard output)')
    .addHelpText('after', BUILD_DETAILS)
    .action(build);
  command
    .command('check')
    .description('Says who must cosign by a policy file, and what is weak about it.')
    .argument('<file>', 'policy file, or - for standard input')
    .option('--online', 'ask each log and witness at its URL')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', CHECK_DETAILS)
    .action(check);
  return command;
}

async function build({ log, witness, quorum, out }: BuildOptions): Promise<void> {
  if (log.length === 0) throw unusable('Say which log to trust: --log <key[,url]>.');
  const logs = await Promise.all(log.map(readParty));
  const witnesses = await Promise.all(witness.map(readParty));
  const policy = buildPolicy(logs, witnesses, quorum);
  const text = `# Whom to trust. Compare fingerprints with the owners of the keys: tecp policy check.\n${formatPolicy(policy)}`;
  if (out === undefined) process.stdout.write(text);
  else create(out, text);
  sayWeaknesses(judgePolicy(policy));
}

function create(path: string, text: string): void {
  try {
    createFileSync(path, text, { mode: 0o666, durable: true });
  } catch (error) {
    throw unusable(`Cannot create ${path}: ${describeWriteError(error)}.`);
  }
}

function sayWeaknesses({ weaknesses }: PolicyJudgement): void {
  for (const { message } of weaknesses) say(`warning: ${message}`, 'warning');
}

async function check(file: string, { online, json }: CheckOptions): Promise<void> {
  const policy = await readPolicy(file);
  const judgement = judgePolicy(policy);
  const answers = online ? await askEverybody(policy) : [];
  const isSound = judgement.weaknesses.length === 0 && answers.every(({ ok }) => ok);
  process.exitCode = isSound ? EXIT.ok : EXIT.weaker;
  if (json) {
    const { logs, witnesses, quorum } = policy;
    printJson({
      ...judgement,
      quorum,
      logs: logs.map(({ key, url }) => ({ ...keyJson(key), url })),
      witnesses: witnesses.map(({ name, key, url }) => ({ witness: name, ...keyJson(key), url })),
      ...(online ? { online: answers } : {}),
    });
    return;
  }
  process.stdout.write(formatCheck(policy, judgement, answers, isSound));
}

function formatCheck(
  policy: Policy,
  judgement: PolicyJudgement,
  answers: readonly Answer[],
  isSound: boolean,
): string {
  const { rule, may_be_away: away, must_help: help, weaknesses } = judgement;
  const keys = [
    ...policy.logs.map(({ key, url }) => ['log', key.name, key, url] as const),
    ...policy.witnesses.map(({ name, key, url }) => ['witness', name, key, url] as const),
  ];
  const rows = keys.flatMap(([role, name, key, url]) => [
    [paint('strong', role), printable(name), url ?? ''],
    ['', paint('quiet', `key ${key.id}`), paint('quiet', fingerprint(key))],
  ]);
  const facts = formatFacts([
    ['quorum', printable(rule)],
    ['outages', away === undefined ? undefined : describeAway(away)],
    ['two faces', help === undefined ? undefined : describeHelp(help)],
  ]);
  const problems = [
    ...weaknesses.map(({ message }) => message),
    ...answers.filter(({ ok }) => !ok).map(({ url, detail }) => `${url} ${detail}`),
  ];
  return [
    `${isSound ? paint('good', 'SOUND') : paint('warning', 'WEAK')}\n`,
    ...problems.map((text) => `  ${paint('warning', 'warning:')} ${printable(text)}\n`),
    facts,
    formatTable(rows),
    ...answers
      .filter(({ ok }) => ok)
      .map(({ url, detail }) => `  ${printable(`${url} ${detail}`)}\n`),
  ].join('');
}

function describeAway(count: number): string {
  return count === 0 ? 'none of them may be away' : `any ${count} of them may be away`;
}

/** What it takes that a log shows one tree to some and another to others, both cosigned. */
function describeHelp(count: number): string {
  if (count === 0) return 'need no dishonest witness';
  return `need ${plural(count, 'dishonest witness', 'dishonest witnesses')} at least`;
}
