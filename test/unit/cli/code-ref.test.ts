/** docs/CLI.md says how others compute what is expected here. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeRef } from '#cli/run/code-ref.ts';
import { sha256 } from '#crypto';
import { toHex } from '#protocol/bytes.ts';
import { tempFolder } from '#test/support/temp.ts';

const folder = tempFolder();

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, 0o755);
  return path;
}

/** The interpreters need not be installed: any program of their name is one. */
const interpreter = (name: string): string => file(name, '#!/bin/sh\n');
const build = (content: string) => `build:sha256:${toHex(sha256(Buffer.from(content)))}`;
const args = (...words: string[]) =>
  `args:sha256:${toHex(sha256(Buffer.from(words.map((word) => `${word}\0`).join(''))))}`;

describe('the code reference of a command', () => {
  const script = file('script', 'the script');

  it('is the hash of the script that an interpreter is given as a file, whatever its arguments', async () => {
    for (const name of ['sh', 'bash', 'python3', 'python3.12', 'node', 'perl', 'ruby']) {
      expect(await codeRef(interpreter(name), [script, 'one']), name).toBe(build('the script'));
      expect(await codeRef(interpreter(name), [script, '-c', 'two']), name).toBe(
        build('the script'),
      );
    }
    for (const [name, ...before] of [
      ['sh', '-e'],
      ['bash', '-eu', '-x'],
      ['python3', '-u'],
      ['perl', '-w'],
      ['node', '--'],
    ] as const) {
      expect(await codeRef(interpreter(name), [...before, script]), name).toBe(build('the script'));
    }
  });

  it('covers all of the arguments where these say what an interpreter runs', async () => {
    for (const [name, ...given] of [
      ['sh', '-c', 'echo hi'],
      ['bash', '-ec', 'echo hi', 'name', script],
      ['bash', '-o', 'errexit', script],
      ['python3', '-c', 'print(1)'],
      ['python3', '-m', 'http.server'],
      ['python3', '-W', script, 'x.py'],
      ['node', '-e', '1'],
      ['node', '--eval=1'],
      ['node', '--import', script, 'main.js'],
      ['perl', '-ne', 'print'],
      ['ruby', '-e', 'p 1'],
      ['deno', 'run', script],
    ] as const) {
      const command = interpreter(name);
      expect(await codeRef(command, given), name).toBe(args(command, ...given));
    }
  });

  it('tells arguments apart from other ways to divide the same text', async () => {
    const sh = interpreter('sh');
    const refs = await Promise.all(
      [
        ['-c', 'a b'],
        ['-c', 'a', 'b'],
        ['-ca', 'b'],
      ].map((given) => codeRef(sh, given)),
    );
    expect(new Set(refs).size).toBe(3);
  });

  it('is the program itself for anything else, and nothing where there is none', async () => {
    const program = file('program', '#!/bin/sh\necho program\n');
    for (const given of [[], ['-c', 'echo hi'], [script]]) {
      expect(await codeRef(program, given)).toBe(build('#!/bin/sh\necho program\n'));
    }
    // What it reads from standard input is its input.
    expect(await codeRef(interpreter('sh'), [])).toBe(build('#!/bin/sh\n'));
    expect(await codeRef(join(folder, 'nonexistent'), [])).toBeUndefined();
  });
});
