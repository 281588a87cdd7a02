/**
 * Every command of docs/TUTORIAL.md, as a reader would copy them: one shell, in a folder where `./tecp`
 * is, against a network on ports of its own.
 */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freeBasePort, resultOf, TECP, tecp } from '#test/support/cli.ts';
import { childEnvironment } from '#test/support/processes.ts';
import { tempFolder } from '#test/support/temp.ts';
import { readDocument } from '#test/unit/docs/markdown.ts';

const TUTORIAL = readDocument('docs/TUTORIAL.md');
/** A port of the tutorial's witness, by its distance from the base port. */
const WITNESS_OFFSET = 31;

function blocks(language: string): string[] {
  const fences = TUTORIAL.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
  return Array.from(fences, ([, code]) => code!);
}

function hasTools(): boolean {
  try {
    for (const tool of ['curl', 'openssl', 'python3']) execFileSync('which', [tool]);
    return true;
  } catch {
    return false;
  }
}

it.skipIf(!hasTools())('every command of the tutorial does what it says', async () => {
  const folder = tempFolder();
  symlinkSync(TECP, join(folder, 'tecp'));
  const [program] = blocks('python');
  writeFileSync(join(folder, 'issue.py'), program!);
  const base = await freeBasePort();
  const script = blocks('sh')
    .join('\n')
    .replace('./tecp up --detach', `./tecp up --detach --port ${base}`)
    .replace('127.0.0.1:8400', `127.0.0.1:${base}`)
    .replace('127.0.0.1:8431', `127.0.0.1:${base + WITNESS_OFFSET}`);
  onTestFinished(() => void tecp(['down'], { cwd: folder }));
  const shell = spawn(
    'bash',
    ['-euo', 'pipefail', '-c', `trap 'kill $(jobs -p) 2>&- || true' EXIT\n${script}`],
    {
      cwd: folder,
      env: { ...childEnvironment(), TECP_NODE: process.execPath },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const { code, stdout, stderr } = await resultOf(shell);
  expect(code, stderr).toBe(0);
  const text = stdout.toString();
  expect(text.match(/^VALID$/gm)).toHaveLength(4);
  expect(text).toMatch(/^SOUND\n.*3 of \(witness-1 .* w4 \(with 2 keys\)\)$/m);
  expect(text).toContain('cosigns tecp.localhost/');
  expect(readFileSync(join(folder, 'data/policy.txt'), 'utf8')).toContain('w4-pq');
});
