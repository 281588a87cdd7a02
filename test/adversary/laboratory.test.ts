/**
 * The liar's laboratory: every lie is told to honest witnesses and monitors, real processes over HTTP,
 * and noticed by whom the table says, in time, with the evidence that it says. Prints the table.
 *
 * `TECP_TEST_LIE` is a pattern of the names of the lies to tell; `TECP_TEST_WRITE_TABLE=1` writes the
 * table, with the seconds of this run, into docs/SECURITY.md.
 */
import { writeSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIES } from './lies/index.ts';
import { play } from './play.ts';
import { Stage } from './stage.ts';
import { table, writeDocument } from './table.ts';

const only = new RegExp(process.env.TECP_TEST_LIE ?? '');
const told = LIES.filter(({ name }) => only.test(name));
/** By the name of the lie: of those that are over, in the order of its list. */
const measured = new Map<string, readonly number[]>();
let stage: Stage | undefined;

beforeAll(async () => {
  stage = await Stage.open(told);
});

afterAll(async () => {
  if (measured.size < told.length) process.stderr.write(stage?.tail() ?? '');
  await stage?.close();
  const done = told.filter(({ name }) => measured.has(name));
  writeSync(1, `\n${table(measured, done).replaceAll('<br>', '; ')}\n`);
  // Whole or not at all.
  const isComplete = measured.size === LIES.length;
  if (process.env.TECP_TEST_WRITE_TABLE === '1' && isComplete) writeDocument(measured);
});

describe('a lie', () => {
  it.concurrent.each(told.map((lie) => [lie.name, lie] as const))('%s', async (name, lie) => {
    measured.set(name, await play(lie, stage!));
    expect(measured.get(name)).toHaveLength(lie.noticed.length);
  });
});
