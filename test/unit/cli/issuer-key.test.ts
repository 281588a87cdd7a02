import { linkSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { issuerKey } from '#cli/lib/issuer-key.ts';
import { randomBytes } from '#crypto';
import { KEY_TYPES, makeSignerKey } from '#protocol/note/key.ts';
import { writeSignerKey } from '#service/keys.ts';
import { tempFolder } from '#test/support/temp.ts';

describe('issuerKey', () => {
  it('gives commands that start at the same time one key, private to its owner, made by one of them', async () => {
    const path = join(tempFolder(), 'new/issuer.key');
    const keys = await Promise.all(Array.from({ length: 20 }, () => issuerKey(undefined, path)));
    expect(new Set(keys.map(({ key }) => key.verifier.text)).size).toBe(1);
    expect(keys.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(path))).toEqual(['issuer.key']);
  });

  it('refuses a key that others can read, and makes none where it is told which to take', async () => {
    const path = join(tempFolder(), 'issuer.key');
    const { key, isNew } = await issuerKey(undefined, path);
    expect(isNew).toBe(true);
    const open = join(tempFolder(), 'open.key');
    writeFileSync(open, readFileSync(path), { mode: 0o644 });
    await expect(issuerKey(undefined, open)).rejects.toThrow('chmod 600');
    linkSync(path, `${path}.2`);
    const again = await issuerKey(`${path}.2`, 'unused');
    expect(again).toMatchObject({ isNew: false, key: { seed: key.seed } });
    await expect(issuerKey(`${path}.3`, 'unused')).rejects.toThrow();
    const witness = makeSignerKey('example.com/w', KEY_TYPES.cosignatureEd25519, randomBytes(32));
    writeSignerKey(`${path}.4`, witness);
    const make = /make one with "\.\/tecp keygen --type issuer --name \w+ --out \w+"\.$/;
    await expect(issuerKey(`${path}.4`, 'unused')).rejects.toThrow(make);
  });
});
