/** `tecp audit` as users start it, on logs in folders. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { tecp } from '#test/support/cli.ts';
import { freshReceipt, logKey } from '#test/support/log.ts';
import { writeLogFolder } from '#test/support/log-folder.ts';
import { MemorySource } from '#test/support/memory-source.ts';
import { tempFolder } from '#test/support/temp.ts';

const key = logKey();
const receipts = Array.from({ length: 600 }, () => freshReceipt());
const cwd = tempFolder();
const folder = join(cwd, 'log');
const POLICY = ['--policy', 'policy.txt'];

beforeAll(() => {
  writeFileSync(join(cwd, 'policy.txt'), `log ${key.verifier.text}\nquorum none\n`);
  writeLogFolder(folder, new MemorySource(key).append(...receipts).sign());
});

it('a folder is audited by its path or its URL', async () => {
  for (const log of ['log', folder, pathToFileURL(folder).href]) {
    const { code, stdout } = await tecp(['audit', log, ...POLICY, '--json'], { cwd });
    expect(code).toBe(0);
    const report = JSON.parse(stdout.toString());
    expect(report).toMatchObject({ ok: true, size: 600, entries_checked: 600, tiles_checked: 4 });
  }
});

it('what is neither a URL nor a folder is said to be so, with exit code 2', async () => {
  for (const log of ['nowhere', 'policy.txt', 'file://host/log', 'ftp://127.0.0.1/log']) {
    const { code, stderr } = await tecp(['audit', log, ...POLICY], { cwd });
    expect({ log, code }).toEqual({ log, code: 2 });
    expect(stderr).toMatch(/^tecp: [^\n]+\.\n$/);
  }
});
