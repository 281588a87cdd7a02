/** What CONTRIBUTING says about formatting: it is for the sources, and receipts are not theirs. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '#test/support/temp.ts';
import { ROOT } from './markdown.ts';

const RECEIPT = '{"a":1,"b":[2,3]}';
const FORMATTED = '{ "a": 1, "b": [2, 3] }\n';

it('formatting everything leaves receipts and evidence as they are, wherever they lie', () => {
  const folder = tempFolder();
  copyFileSync(join(ROOT, 'biome.json'), join(folder, 'biome.json'));
  const receipts = [
    'sha256sum.tecp.json',
    'cli/sha256sum.2.tecp.json',
    'test/unit/fork.tecp-evidence.json',
    'receipts/receipt.json',
    'docs/examples/receipt.json',
    'data/network.json',
    'demo/network.json',
  ];
  for (const path of [...receipts, 'cli/source.json']) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), RECEIPT);
  }
  const biome = join(ROOT, 'node_modules/.bin/biome');
  execFileSync(biome, ['check', '--write', '.'], { cwd: folder, stdio: 'pipe' });
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
  expect(read('cli/source.json')).toBe(FORMATTED);
  for (const path of receipts) expect(read(path), path).toBe(RECEIPT);
});
