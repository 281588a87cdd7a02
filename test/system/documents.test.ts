/** The commands that documents ask to be copied, run against one real network, a document at a time. */
import { expect, it } from 'vitest';
import { codeBlocks, openDocumentShell } from '#test/support/document-shell.ts';

const DOCUMENTS = [
  'docs/API.md',
  'docs/MONITORING.md',
  'docs/BACKUP_RECOVERY.md',
  'docs/RUNBOOKS.md',
];

it('every command of the documents for users and operators works', async () => {
  const { run } = await openDocumentShell();
  const up = await run('./tecp up --detach');
  expect(up.code, up.stderr).toBe(0);
  for (const document of DOCUMENTS) {
    const script = codeBlocks(document, 'sh').join('\n');
    const { code, stdout, stderr } = await run(`set -x\n${script}`);
    expect(code, `${document}\n${stdout}\n${stderr}`).toBe(0);
  }
});
