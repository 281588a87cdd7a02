/**
 * Asks all SDKs that are built the same hundreds of thousands of questions and fails on any difference:
 *
 *     npm run fuzz -- [--cases N] [--seed N] [--first N]     (./tecp sdk fuzz --cases 1000000)
 *
 * The seed is printed, and the same one asks the same again; `--first` begins at a case that was printed. What
 * differs is kept in `.sdk/fuzz/`, a file each, in the form of a case of sdk/vectors with all answers.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startProgress } from '#cli/lib/progress.ts';
import { BUILT, builtSdks } from '#cli/sdk/languages.ts';
import { type Difference, fuzz } from './fuzz.ts';
import { operationOf } from './outcome.ts';
import { Verifiers } from './verifiers.ts';

const option = { type: 'string' } as const;
const { values } = parseArgs({ options: { cases: option, seed: option, first: option } });
const cases = Number(values.cases ?? 20_000);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
const first = Number(values.first ?? 0);
if (![cases, seed, first].every((n) => Number.isSafeInteger(n) && n >= 0)) {
  throw new RangeError('expected --cases, --seed and --first to be integers from 0');
}

const sdks = builtSdks();
console.log(`${cases} cases, seed ${seed}, from ${first}: ${sdks.join(', ')}`);
const progress = startProgress(process.stderr, 'cases');
const verifiers = Verifiers.of(sdks);
const startMs = performance.now();
const { tally, differences, differing } = await fuzz(verifiers, {
  seed,
  first,
  cases,
  onProgress: (done) => progress.update(done, cases),
});
progress.end();
await verifiers.close();
const seconds = (performance.now() - startMs) / 1000;
console.log(tally.lines().join('\n'));
console.log(`${cases} cases in ${seconds.toFixed(0)} s, ${(cases / seconds).toFixed(0)}/s`);
for (const difference of differences)
  console.log(`\n${textOf(difference)}kept: ${keep(difference)}`);
console.log(`\n${differing} cases with a difference, of ${differences.length} kinds`);
if (differing > 0) process.exitCode = 1;

function textOf({ found, request, answers, hangsOnOthers }: Difference): string {
  const after = hangsOnOthers ? ', only after those before it' : '';
  const lines = answers.map((answer, i) => `${sdks[i]}: ${answer}\n`);
  return `DIFFERENCE, case ${found}${after}\n${JSON.stringify(request)}\n${lines.join('')}`;
}

function keep({ found, request, answers }: Difference): string {
  const folder = join(BUILT, 'fuzz');
  mkdirSync(folder, { recursive: true });
  const name = createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 12);
  const path = join(folder, `${operationOf(request)}-${name}.json`);
  const byName = Object.fromEntries(answers.map((answer, i) => [sdks[i], answer]));
  writeFileSync(
    path,
    `${JSON.stringify({ name: `case ${found}`, request, answers: byName }, null, 2)}\n`,
  );
  return path;
}
