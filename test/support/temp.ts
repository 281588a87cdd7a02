/** Temporary folders and files for tests; the test runner's process removes them at its end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tecp-test-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function tempFile(name: string, content: string): string {
  const path = join(tempFolder(), name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}
