/**
 * Temporary folders and files, removed when the test file is done; outside of the test runner (a
 * benchmark), when the process ends.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';

const folders: string[] = [];

function removeAll(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

// The test runner ends its processes without telling them. Only it provides `import.meta.env`.
if ('env' in import.meta) (await import('vitest')).afterAll(removeAll);
else process.once('exit', removeAll);

export function tempFolder(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'tecp-test-'));
  folders.push(folder);
  return folder;
}

/** In memory where the system has such a place: for what says nothing about disks, and syncs much. */
export function memoryFolder(): string {
  return tempFolder(existsSync(MEMORY) ? MEMORY : tmpdir());
}

export function tempFile(name: string, content: string): string {
  const path = join(tempFolder(), name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}
