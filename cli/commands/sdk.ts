/**
 * `tecp sdk`: builds the SDKs of the source repository and compares them with one another. What they are is in
 * sdk/README.md, how they are asked in docs/spec/verifier.md. They are no part of the installed package.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type CommandError, EXIT, unusable } from '#cli/lib/errors.ts';
import { displayPath } from '#cli/lib/layout.ts';
import { integerBetween, logOption, trustOption } from '#cli/lib/options.ts';
import { formatTable, printJson, say } from '#cli/lib/print.ts';
import { startSteps } from '#cli/lib/progress.ts';
import { paint } from '#cli/lib/style.ts';
import { type BuildResult, buildSdks } from '#cli/sdk/build.ts';
import {
  builtSdks,
  demandSources,
  programPath,
  SDK_NAMES,
  type SdkName,
} from '#cli/sdk/languages.ts';
import { fillMatrix, type MatrixRow } from '#cli/sdk/matrix.ts';
import { withTrialNetwork } from '#cli/sdk/trial-network.ts';

const EXAMPLES = `
Examples:
  $ ./tecp sdk build
  $ ./tecp sdk matrix
  $ ./tecp sdk fuzz --cases 100000`;

const BUILD_DETAILS = `
Builds with the ordinary tools of each language (npm is not needed, nor is root) into .sdk/, and says where
the commands are; what docs/spec/verifier.md describes is .sdk/bin/tecp-verify-<sdk>. A language whose
tools are not on this machine is passed over, and named. What has not changed is not built again.

Exit codes: 0 whatever the tools of this machine allow is built, 1 a build failed.

Examples:
  $ ./tecp sdk build
  $ ./tecp sdk build --only go,rs
  $ .sdk/bin/tecp-verify-go work.tecp.json --policy data/policy.txt`;

const MATRIX_DETAILS = `
Each SDK makes a receipt, and logs one by its quick start; each verifies all of them, and refuses what was
tampered with. All have to answer with the same bytes. Without --log and --policy that takes a log on this
machine, which is started for it and gone afterwards. Build the SDKs first: "./tecp sdk build".

Exit codes: 0 all agree, 1 a verdict is another one than it should be, 2 nothing was compared.

Examples:
  $ ./tecp sdk matrix
  $ ./tecp sdk matrix --log http://127.0.0.1:8400 --policy data/policy.txt --json`;

const FUZZ_DETAILS = `
Requests of every kind of docs/spec/verifier.md, most of them signed again after they were changed, so that
what lies behind the first checks is reached: it prints how often each answer came. The seed is printed, too;
the same seed asks the same. What differs is made smaller and kept in .sdk/fuzz/, in the form of a vector of
sdk/vectors with all answers. Build the SDKs first: "./tecp sdk build".

Exit codes: 0 all agree, 1 a difference was found.

Examples:
  $ ./tecp sdk fuzz
  $ ./tecp sdk fuzz --cases 1000000
  $ ./tecp sdk fuzz --seed 7 --first 1234 --cases 1`;

const FUZZ_OPTIONS = [
  ['cases', 'how many requests (default: 20000)'],
  ['seed', 'repeat the choices of the run that printed it (default: another one each time)'],
  ['first', 'begin with the case of this number (default: 0)'],
] as const;
const MAX_NUMBER = 2 ** 32 - 1;

export function sdkCommand(): Command {
  const command = new Command('sdk')
    .description('Builds the SDKs of the source repository, and compares them.')
    .addHelpText('after', EXAMPLES);
  command
    .command('build')
    .description('Builds the SDKs that the tools of this machine allow.')
    .addOption(onlyOption())
    .addHelpText('after', BUILD_DETAILS)
    .action(build);
  command
    .command('matrix')
    .description('Prints what each SDK makes of the receipts of each.')
    .addOption(logOption('log to use, which takes receipts (default: one that is started)'))
    .addOption(trustOption('its trust policy'))
    .option('--json', 'print one line of JSON instead of the table')
    .addHelpText('after', MATRIX_DETAILS)
    .action(matrix);
  const fuzzing = command
    .command('fuzz')
    .description('Asks all SDKs the same, in mutated requests, and fails on any difference.')
    .addHelpText('after', FUZZ_DETAILS)
    .action(fuzz);
  for (const [name, meaning] of FUZZ_OPTIONS) {
    fuzzing.option(`--${name} <n>`, meaning, integerBetween(0, MAX_NUMBER));
  }
  return command;
}

function onlyOption(): Option {
  const names = SDK_NAMES.join(',');
  return new Option('--only <sdks>', `only these, of ${names}`).argParser((text): SdkName[] => {
    const wanted = text.split(',');
    const unknown = wanted.find((name) => !(SDK_NAMES as readonly string[]).includes(name));
    if (unknown === undefined) return SDK_NAMES.filter((name) => wanted.includes(name));
    throw new InvalidArgumentError(`Expected some of ${names}, with commas between them.`);
  });
}

async function build({ only = SDK_NAMES }: { only?: readonly SdkName[] }): Promise<void> {
  demandSources();
  const steps = startSteps(process.stderr);
  const results = await buildSdks(only, steps.step);
  steps.end();
  for (const { sdk, failure } of results) {
    if (failure === undefined) continue;
    say(`the SDK ${sdk} does not build:`, 'bad');
    process.stderr.write(failure);
  }
  process.stdout.write(formatTable(results.map(rowOf)));
  if (results.some(({ failure }) => failure !== undefined)) process.exitCode = EXIT.failed;
}

function rowOf({ sdk, toolchain, failure, seconds }: BuildResult): string[] {
  const name = paint('strong', sdk);
  if ('missing' in toolchain) return [name, paint('warning', 'not built'), toolchain.missing];
  if (failure !== undefined) return [name, paint('bad', 'failed'), toolchain.label];
  return [
    name,
    displayPath(programPath('verify', sdk)),
    `${toolchain.label}, ${seconds.toFixed(1)} s`,
  ];
}

/** Runs the script of the source repository in this process, as `npm run fuzz` has it. */
async function fuzz(options: Record<string, number>): Promise<void> {
  demandSources();
  if (builtSdks().length < 2) throw nothingBuilt();
  const script = new URL('../../test/fuzz/main.ts', import.meta.url);
  const words = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  process.argv = [process.execPath, fileURLToPath(script), ...words];
  await import(script.href);
}

function nothingBuilt(): CommandError {
  return unusable('There are no SDKs to compare: "./tecp sdk build" builds them.');
}

interface MatrixOptions {
  readonly log?: string;
  readonly trust?: string;
  readonly json?: boolean;
}

async function matrix({ log, trust, json = false }: MatrixOptions): Promise<void> {
  demandSources();
  const sdks = builtSdks();
  if (sdks.length === 0) throw nothingBuilt();
  if ((log === undefined) !== (trust === undefined)) {
    throw unusable('A log needs its trust policy: give --log and --policy, or neither.');
  }
  const fill = (url: string, policyPath: string) =>
    fillMatrix(sdks, { url, policy: readFileSync(policyPath, 'utf8') });
  const rows =
    log !== undefined && trust !== undefined
      ? await fill(log, trust)
      : await withTrialNetwork(({ logUrl, policyPath }) => fill(logUrl, policyPath));
  if (json) printJson({ ok: rows.every(({ ok }) => ok), sdks, rows: rows.map(jsonOf) });
  else process.stdout.write(formatMatrix(sdks, rows));
  if (rows.some(({ ok }) => !ok)) process.exitCode = EXIT.failed;
}

function jsonOf({ what, expected, got, ok }: MatrixRow) {
  return { what, expected, got: Object.fromEntries(got), ok };
}

function formatMatrix(sdks: readonly SdkName[], rows: readonly MatrixRow[]): string {
  const isWhole = sdks.length === SDK_NAMES.length;
  const missing = SDK_NAMES.filter((sdk) => !sdks.includes(sdk)).join(', ');
  const note = isWhole ? '' : `\n  not built, so not compared: ${missing}\n`;
  const head = ['receipt', ...sdks.map((sdk) => paint('strong', sdk)), ''];
  return formatTable([head, ...rows.map((row) => matrixRow(row, sdks))]) + note;
}

function matrixRow({ what, expected, got, ok }: MatrixRow, sdks: readonly SdkName[]): string[] {
  const cells = sdks.map((sdk) => {
    const text = got.get(sdk)!;
    return paint(text === expected ? 'good' : 'bad', text);
  });
  return [
    paint('strong', what),
    ...cells,
    ok ? '' : paint('bad', `NOT AS IT SHOULD BE: ${expected}`),
  ];
}
