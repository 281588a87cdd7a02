/** `tecp vectors run`: it tells right answers from wrong ones, and from commands that fail in every way. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CommandError, EXIT } from '#cli/lib/errors.ts';
import { readVectors, type Vector } from '#cli/vectors/cases.ts';
import { compareAnswers } from '#cli/vectors/compare.ts';
import { LineProcess } from '#cli/vectors/line-process.ts';
import { tecp } from '#test/support/cli.ts';
import { ROOT } from '#test/support/processes.ts';
import { tempFolder } from '#test/support/temp.ts';
import { GROUPS } from '../../../sdk/vectors/generate/groups.ts';

const FOLDER = join(ROOT, 'sdk/vectors');
const VERIFIER = join(ROOT, 'sdk/js/src/verify-command.ts');
/** Only what hangs takes this long. */
const LONG_MS = 600_000;

/** The command answers each line by this expression of JavaScript, about `line` and `count`, from 1. */
const answering = (expression: string) => [
  '-e',
  `let count = 0;
   require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
     count++;
     const answer = ${expression};
     if (answer !== undefined) process.stdout.write(answer);
   });`,
];
const commandOf = (expression: string, timeoutMs = LONG_MS) =>
  new LineProcess(process.execPath, answering(expression), timeoutMs);

const vector = (name: string, answer: string): Vector => ({
  file: 'group',
  name,
  why: 'A rule.',
  request: JSON.stringify({ name }),
  answer: Buffer.from(answer),
});
const THREE = [vector('a', '{"x":1}'), vector('b', '{"x":2}'), vector('c', '{"x":3}')];
const RIGHT = `JSON.stringify({ x: { a: 1, b: 2, c: 3 }[JSON.parse(line).name] }) + '\\n'`;

/** The names of the cases that differ, and what came in place of an answer where nothing did. */
async function compare(command: LineProcess, vectors: readonly Vector[]) {
  const told: string[] = [];
  const comparison = await compareAnswers(command, vectors, async ({ name }, reply) => {
    told.push('fault' in reply ? `${name} ${reply.fault}` : name);
  });
  expect(comparison.differences).toBe(told.length);
  return { asked: comparison.asked, told, ending: comparison.ending };
}

describe('the vectors of the source tree', () => {
  it('are read, the compressed ones, too', () => {
    const files = new Set(readVectors(FOLDER).map(({ file }) => file));
    expect([...files]).toEqual(expect.arrayContaining(['canonical', 'receipt-form', 'sizes']));
  });

  it('are passed by the verifier of JavaScript, through the command line', async () => {
    const args = [
      'vectors',
      'run',
      '--only',
      'times:',
      '--',
      process.execPath,
      VERIFIER,
      '--lines',
    ];
    const { code, stdout, stderr } = await tecp(args);
    expect({ code, stderr }).toEqual({ code: EXIT.ok, stderr: '' });
    expect(stdout.toString()).toMatch(/^\d+ cases, 0 differences\.\n$/);
  });

  it('are not passed by a command that says what it is told', async () => {
    const { code, stdout } = await tecp(['vectors', 'run', '--only', 'times: now at', '--', 'cat']);
    expect(code).toBe(EXIT.failed);
    expect(stdout.toString()).toMatch(
      /^DIFFERENT times: now at 0\n {2}why +\S.*\n {2}expected +\{/,
    );
    expect(stdout.toString()).toMatch(/\n2 cases, 2 differences\.\n$/);
  });

  it('are not held up by what a command has started and left behind', async () => {
    const leaving = 'sleep 600 2>/dev/null & echo $!; exec cat';
    const only = ['--only', 'times: now at 0', '--timeout', '1'];
    const { code, stdout } = await tecp(['vectors', 'run', ...only, '--', 'sh', '-c', leaving]);
    expect(code).toBe(EXIT.failed);
    expect(stdout.toString()).toContain('did not end within 1 seconds of the end of its input');
    const left = Number(/\n {2}got +(\d+)\n/.exec(stdout.toString())?.[1]);
    expect(process.kill(left, 'SIGKILL')).toBe(true);
  });

  it('give no verdict where nothing is there to compare', async () => {
    for (const args of [
      ['--', join(ROOT, 'no-such-command')],
      ['--', 'false'],
      ['--only', 'no such case', '--', 'cat'],
      ['--vectors', join(ROOT, 'cli'), '--', 'cat'],
      ['--vectors', join(ROOT, 'no-such-folder'), '--', 'cat'],
    ]) {
      const { code, stdout, stderr } = await tecp(['vectors', 'run', ...args]);
      expect({ args, code, stdout: stdout.toString() }).toEqual({
        args,
        code: EXIT.unusable,
        stdout: '',
      });
      expect(stderr).toMatch(/^tecp: \S.*\.\n/);
    }
  });
});

describe('files of vectors', () => {
  it('are read as they are written, whatever was parsed before', () => {
    const group = GROUPS.find(({ file }) => file === 'found-by-fuzzing')!;
    const read = readVectors(FOLDER).filter(({ file }) => file === group.file);
    const requests = group.cases.map(({ request }) => JSON.stringify(request));
    expect(read.map(({ request }) => request)).toEqual(requests);
  });

  it.each([
    ['no JSON', 'x'],
    ['no object', '[]'],
    ['no cases', '{}'],
    ['a case without a name', '{"cases":[{"why":"","request":{},"answer":{}}]}'],
    ['a case without an answer', '{"cases":[{"name":"","why":"","request":{}}]}'],
  ])('are refused with %s', (_, text) => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'a.vectors.json.gz'), gzipSync(text));
    expect(() => readVectors(folder)).toThrow(CommandError);
  });
});

describe('a command under test', () => {
  it('has no differences when its answers are the same bytes', async () => {
    const comparison = await compare(commandOf(RIGHT), THREE);
    expect(comparison).toEqual({ asked: 3, told: [], ending: undefined });
  });

  it.each([
    ['another value', '`{"x":2}\\n`', ['a', 'c']],
    ['another order of members or white space', `(${RIGHT}).replace(':', ': ')`, ['a', 'b', 'c']],
    ['a carriage return', `(${RIGHT}).replace('\\n', '\\r\\n')`, ['a', 'b', 'c']],
    ['a byte order mark', `'\\ufeff' + ${RIGHT}`, ['a', 'b', 'c']],
    ['garbage', `'\\0\\x1b[2J\\n'`, ['a', 'b', 'c']],
    ['empty lines', `'\\n'`, ['a', 'b', 'c']],
  ])('differs by %s', async (_, expression, told) => {
    const comparison = await compare(commandOf(expression), THREE);
    expect(comparison).toEqual({ asked: 3, told, ending: undefined });
  });

  it('is asked the next case again after it has ended', async () => {
    const dying = `JSON.parse(line).name === 'b' ? process.exit(3) : ${RIGHT}`;
    const comparison = await compare(commandOf(dying), THREE);
    const told = ['b ended with exit code 3'];
    expect(comparison).toEqual({ asked: 3, told, ending: undefined });
  });

  it('does not hold up the others by its silence', async () => {
    const reply = await commandOf('undefined', 100).ask('{}');
    expect(reply).toEqual({ fault: 'did not answer within 0.1 seconds' });
  });

  it('is given up when it ends again and again', async () => {
    const many = [THREE[0]!, ...Array.from({ length: 30 }, () => THREE[1]!)];
    const dying = `JSON.parse(line).name === 'b' ? process.exit(3) : ${RIGHT}`;
    const comparison = await compare(commandOf(dying), many);
    expect(comparison).toMatchObject({ asked: 11, ending: undefined });
    expect(comparison.told).toHaveLength(10);
  });

  it('differs when it writes more than one line', async () => {
    const command = commandOf(`${RIGHT} + 'more\\n'`);
    const { told, ending } = await compare(command, THREE);
    // The second line is not taken for an answer, and the command is started anew for the third case.
    expect(told).toEqual(['b wrote more than one line for the request before']);
    expect(ending).toBe('wrote more than one line for the last request');
  });

  it('is stopped when it writes without end', async () => {
    const endless = `(() => { const all = 'x'.repeat(1 << 20); for (;;) require('node:fs').writeSync(1, all); })()`;
    await expect(compare(commandOf(endless), THREE)).rejects.toThrow(/wrote more than/);
  });

  it('has to end well at the end of its input', async () => {
    const ending = `(process.once('exit', () => { process.exitCode = 5; }), ${RIGHT})`;
    const comparison = await compare(commandOf(ending), THREE);
    expect(comparison.ending).toBe('ended with exit code 5 at the end of its input');
  });
});
