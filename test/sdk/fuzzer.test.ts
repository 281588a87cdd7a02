/** The fuzzer itself, with verifiers that differ in a known way. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fuzz } from '#test/fuzz/fuzz.ts';
import { makeCase } from '#test/fuzz/generate.ts';
import { Verifiers } from '#test/fuzz/verifiers.ts';
import { tempFolder } from '#test/support/temp.ts';

/** A program that answers each request, `line`, with what `answer` is of it. */
function answering(answer: string): string[] {
  const path = join(tempFolder(), 'verifier.mjs');
  // Not by `node:readline`, to which U+2028 is the end of a line.
  const lines = `let rest = '';
for await (const text of process.stdin.setEncoding('utf8')) {
  const lines = (rest + text).split('\\n');
  rest = lines.pop();
  for (const line of lines) process.stdout.write((${answer}) + '\\n');
}`;
  writeFileSync(path, lines);
  return [process.execPath, path];
}

async function fuzzed(answer: string, cases = 500) {
  const verifiers = new Verifiers(
    new Map([
      ['plain', answering(`'{"valid":true}'`)],
      ['odd', answering(answer)],
    ]),
  );
  const result = await fuzz(verifiers, { seed: 7, first: 0, cases });
  await verifiers.close();
  return result;
}

it('verifiers that agree have no differences', async () => {
  const { differing, tally } = await fuzzed(`'{"valid":true}'`);
  expect(differing).toBe(0);
  expect(tally.of('policy', 'valid')).toBeGreaterThan(0);
});

it('a difference is found in every case that has it, and kept once, as small as it can be', async () => {
  const { differing, differences } = await fuzzed(
    `line.includes('"op":"canonical"') ? '{"valid":false}' : '{"valid":true}'`,
  );
  expect(differing).toBeGreaterThan(10);
  expect(differences).toMatchObject([
    { request: { op: 'canonical' }, answers: ['{"valid":true}', '{"valid":false}'] },
  ]);
  expect(Object.keys(differences[0]!.request)).toEqual(['op']);
});

it('a verifier that ends at a request differs there, and goes on with the others', async () => {
  const { differing, differences } = await fuzzed(
    `line.includes('leaf-hash') ? process.exit(3) : '{"valid":true}'`,
  );
  expect(differing).toBeGreaterThan(0);
  expect(differences).toHaveLength(1);
  expect(differences[0]!.answers[1]).toContain('ended with 3');
});

it('a case is made again by its seed and number alone', () => {
  for (const number of [0, 1, 999_999]) expect(makeCase(5, number)).toEqual(makeCase(5, number));
  expect(makeCase(5, 1)).not.toEqual(makeCase(6, 1));
});
