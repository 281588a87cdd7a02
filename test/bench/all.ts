/**
 * Every benchmark, one after another, each a process of its own, and one table of all that they measured
 * beside what the project has promised (docs/PERFORMANCE.md). Under a quarter of an hour.
 *
 *     ./tecp bench [--json FILE]
 */
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { conditions, isMet, type Row, table } from './support/report.ts';

const { values } = parseArgs({ options: { json: { type: 'string' } } });

/** In their short forms. */
const BENCHMARKS: readonly (readonly [name: string, ...args: string[]])[] = [
  ['limits'],
  ['submissions'],
  ['before', '--rounds=2'],
  ['tessera'],
  ['proofs'],
  ['reads'],
  ['witness', '--rounds=2'],
  ['saturation', '--seconds=5'],
  ['audit'],
  ['growth'],
  ['explorer', '--entries=200000', '--asked=40'],
  ['sdk'],
  ['startup', '--starts=3'],
];

interface Finished {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly seconds: number;
  readonly code: number | null;
}

function run(name: string, args: readonly string[]): Promise<Finished> {
  const startMs = performance.now();
  const child = fork(new URL(`./${name}.ts`, import.meta.url), args, {
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  let rows: readonly Row[] = [];
  child.on('message', (message: { rows: Row[] }) => {
    rows = message.rows;
  });
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      resolve({ name, rows, code, seconds: (performance.now() - startMs) / 1000 });
    });
  });
}

const all: Finished[] = [];
for (const [name, ...args] of BENCHMARKS) {
  console.error(`\n== ${name} ==`);
  all.push(await run(name, args));
}
const rows = all.flatMap(({ name, rows }) => [{ what: `-- ${name}`, figure: '' }, ...rows]);
console.log(`\n${conditions().join('\n')}`);
console.log(`${all.map(({ name, seconds }) => `${name} ${seconds.toFixed(0)} s`).join(', ')}\n`);
console.log(table(rows));
const judged = rows.map(isMet).filter((met) => met !== undefined);
console.log(`\n${judged.filter(Boolean).length} of ${judged.length} targets met`);
if (values.json !== undefined)
  writeFileSync(values.json, JSON.stringify({ conditions: conditions(), rows }));
for (const { name, code } of all) {
  if (code === 0) continue;
  console.log(`${name} ended with ${code}`);
  process.exitCode = 1;
}
