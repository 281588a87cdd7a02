import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asCalled, programName, shellQuote } from '#cli/lib/shell.ts';
import { TECP } from '#test/support/cli.ts';
import { tempFolder } from '#test/support/temp.ts';

describe('a printed command', () => {
  it('gives a shell the very words that were meant', () => {
    const word = fc.string().filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
        const script = `printf '%s\\0' ${words.map(shellQuote).join(' ')}`;
        const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
        expect(stdout).toBe(words.map((text) => `${text}\0`).join(''));
      }),
      { numRuns: 20 },
    );
    expect(shellQuote('./data/policy.txt')).toBe('./data/policy.txt');
  });

  it('calls the program as it was called', () => {
    expect(programName(undefined)).toBe('./tecp');
    expect(programName('./tecp', '/usr/bin')).toBe('./tecp');
    expect(programName('tecp', '/usr/bin')).toBe('./tecp');
    expect(programName('../other/tecp', '/usr/bin')).toBe('../other/tecp');
    expect(programName('/opt/my tools/tecp', '/usr/bin')).toBe("'/opt/my tools/tecp'");
    expect(programName('/usr/local/bin/tecp', '/usr/bin:/usr/local/bin')).toBe('tecp');
    expect(programName('npx tecp', '/usr/bin')).toBe('npx tecp');
  });

  it('is replaced in help, and nothing else is', () => {
    const text = '$ ./tecp up, "./tecp test" ./tecp.json a./tecp x/./tecp up';
    expect(asCalled(text)).toBe(text);
  });

  it('is what help shows, by whatever link or folder the launcher was started', () => {
    const folder = join(tempFolder(), 'a folder');
    mkdirSync(folder);
    symlinkSync(TECP, join(folder, 'log tool'));
    const run = (command: string, PATH: string): string => {
      const env = { ...process.env, PATH, TECP_NODE: process.execPath };
      return spawnSync('sh', ['-c', command], { cwd: folder, env, encoding: 'utf8' }).stdout;
    };
    const path = process.env.PATH ?? '';
    expect(run('"./log tool" down --help', path)).toContain(`$ './log tool' down\n`);
    expect(run('"log tool" down --help', `${folder}:${path}`)).toContain(`$ 'log tool' down\n`);
  });
});
