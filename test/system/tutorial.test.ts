/** Every command of docs/TUTORIAL.md, against a real network. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { codeBlocks, openDocumentShell } from '#test/support/document-shell.ts';

const TUTORIAL = 'docs/TUTORIAL.md';

function hasTools(): boolean {
  try {
    for (const tool of ['curl', 'openssl', 'python3']) execFileSync('which', [tool]);
    return true;
  } catch {
    return false;
  }
}

it.skipIf(!hasTools())('every command of the tutorial does what it says', async () => {
  const { folder, run } = await openDocumentShell();
  const [program] = codeBlocks(TUTORIAL, 'python');
  writeFileSync(join(folder, 'issue.py'), program!);
  const { code, stdout, stderr } = await run(codeBlocks(TUTORIAL, 'sh').join('\n'));
  expect(code, stderr).toBe(0);
  const text = stdout.toString();
  expect(text.match(/^VALID$/gm)).toHaveLength(4);
  expect(text).toMatch(/^SOUND\n.*3 of \(witness-1 .* w4 \(with 2 keys\)\)$/m);
  expect(text).toContain('cosigns tecp.localhost/');
  expect(readFileSync(join(folder, 'data/policy.txt'), 'utf8')).toContain('w4-pq');
});
