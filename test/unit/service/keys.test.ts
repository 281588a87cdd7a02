import { chmodSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KEY_TYPES, makeSignerKey } from '#protocol/note/key.ts';
import { ConfigError } from '#service/errors.ts';
import { readSignerKey, writeSignerKey } from '#service/keys.ts';
import { durabilityOf } from '../../support/durability.ts';
import { tempFile, tempFolder } from '../../support/temp.ts';

const key = makeSignerKey('example.com/log', KEY_TYPES.ed25519, new Uint8Array(32).fill(7));

describe('a key file', () => {
  it('is created for its owner only, and reads back as the same key', () => {
    const path = join(tempFolder(), 'log.key');
    writeSignerKey(path, key);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readSignerKey(path)).toEqual(key);
  });

  it('survives power loss once it is written, its name in the folder included', async () => {
    const folder = tempFolder();
    expect(await durabilityOf(() => writeSignerKey(join(folder, 'log.key'), key))).toEqual([
      'sync log.key',
      `sync ${basename(folder)}`,
    ]);
  });

  it('is never overwritten', () => {
    const path = tempFile('log.key', 'precious');
    expect(() => writeSignerKey(path, key)).toThrow(ConfigError);
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  it.each([0o640, 0o604, 0o620, 0o660, 0o644])(
    'is refused with mode %o, and says the remedy',
    (mode) => {
      const path = join(tempFolder(), 'log.key');
      writeSignerKey(path, key);
      chmodSync(path, mode);
      expect(() => readSignerKey(path)).toThrow(
        new ConfigError(`The key file ${path} is open to other users; run: chmod 600 ${path}`),
      );
    },
  );

  it('is not quoted in the error when it is damaged', () => {
    const secret = 'PRIVATE+KEY+example.com/log+00000000+c2VjcmV0c2VjcmV0';
    const path = tempFile('log.key', secret);
    try {
      readSignerKey(path);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect(String((error as Error).stack)).not.toContain('c2VjcmV0');
    }
  });

  it('that is missing, a folder or huge is one clear sentence', () => {
    const folder = tempFolder();
    const missing = join(folder, 'none');
    expect(() => readSignerKey(missing)).toThrow(
      new ConfigError(`Cannot read the key file ${missing}: it does not exist.`),
    );
    chmodSync(folder, 0o700);
    expect(() => readSignerKey(folder)).toThrow(ConfigError);
    expect(() => readSignerKey(tempFile('k', 'x'.repeat(5000)))).toThrow(
      /is larger than 4096 bytes/,
    );
    expect(() => writeSignerKey(join(missing, 'k'), key)).toThrow(/its folder does not exist/);
  });
});
