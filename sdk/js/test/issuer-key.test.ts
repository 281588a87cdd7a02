/** Issuer keys: read and written in every form, and silent about their secret. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '#protocol/bytes.ts';
import { formatSignerKey, KEY_TYPES, makeSignerKey } from '#protocol/note/key.ts';
import { tempFolder } from '#test/support/temp.ts';
import { FormatError, IssuerKey } from '../src/index.ts';
import { loadIssuerKey, saveIssuerKey } from '../src/node.ts';

const SEED = new Uint8Array(32).fill(0xa7);
const BAD_KEY = expect.objectContaining({ name: 'FormatError', code: 'bad-key' });

describe('an issuer key', () => {
  it('is the same in every form', () => {
    const key = IssuerKey.fromSeed(SEED);
    expect(key.seed()).toEqual(SEED);
    expect(IssuerKey.fromPem(key.toPem()).seed()).toEqual(SEED);
    expect(IssuerKey.generate().publicKey).not.toBe(IssuerKey.generate().publicKey);
  });

  it('does not change with the bytes that it was made of or that it handed out', () => {
    const seed = Uint8Array.from(SEED);
    const key = IssuerKey.fromSeed(seed);
    seed.fill(0);
    key.seed().fill(0);
    expect(key.seed()).toEqual(SEED);
    expect(key.sign(SEED)).toEqual(IssuerKey.fromSeed(SEED).sign(SEED));
  });

  it('is what Node.js writes and reads as PKCS#8', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    expect(IssuerKey.fromPem(pem).toPem()).toBe(pem);
    expect(IssuerKey.fromPem(pem).publicKey).toBe(privateKey.export({ format: 'jwk' }).x);
  });

  it.each([
    ['toString', String],
    ['JSON', JSON.stringify],
    ['inspect', (key: IssuerKey) => inspect(key, { depth: 9, showHidden: true })],
    ['a spread', (key: IssuerKey) => JSON.stringify({ ...key })],
  ])('shows no secret by %s', (_name, show) => {
    const key = IssuerKey.fromSeed(SEED);
    const shown = show(key).toLowerCase();
    expect(shown).toContain(key.publicKey.toLowerCase());
    for (const secret of [toHex(SEED), 'p6enp6en', '167, 167', '167,167', '"167"']) {
      expect(shown).not.toContain(secret);
    }
  });

  it('is made of nothing but 32 bytes', () => {
    expect(() => IssuerKey.fromSeed(new Uint8Array(31))).toThrow(RangeError);
    expect(() => IssuerKey.fromSeed(32 as never)).toThrow(TypeError);
  });

  it('is read from PEM of an Ed25519 key, and from nothing else', () => {
    const pem = IssuerKey.fromSeed(SEED).toPem();
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const publicKey = generateKeyPairSync('ed25519').publicKey;
    const bad = [
      '',
      pem.replace('PRIVATE', 'PUBLIC'),
      pem.replace('MC4C', 'MC8C'),
      pem.replace('\n', ' '),
      ec.export({ format: 'pem', type: 'pkcs8' }).toString(),
      publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    ];
    for (const text of bad) expect(() => IssuerKey.fromPem(text)).toThrow(BAD_KEY);
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => IssuerKey.fromPem(text)).toThrow(FormatError);
      }),
    );
  });
});

describe('PEM of an issuer key', () => {
  const pem = IssuerKey.fromSeed(SEED).toPem();

  it.each([
    ['with CRLF', pem.replaceAll('\n', '\r\n')],
    ['without a newline at its end', pem.trimEnd()],
    ['with white space around it', ` \n\t${pem}\r\n \n`],
    ['in short lines', pem.replace('MC4C', 'M\nC4\r\nC')],
  ])('may be %s', (_, text) => {
    expect(IssuerKey.fromPem(text).seed()).toEqual(SEED);
  });

  it.each([
    ['text before it', `x\n${pem}`],
    ['text after it', `${pem}x`],
    ['a byte order mark', `\ufeff${pem}`],
    ['a form feed', `${pem}\f`],
    ['a second key', pem + pem],
    ['headers', pem.replace('MC4C', 'A: b\n\nMC4C')],
    ['spaces in it', pem.replace('MC4C', 'MC 4C')],
    ['line ends of CR alone', pem.replaceAll('\n', '\r')],
    ['no line ends', pem.replaceAll('\n', '')],
    ['its lines in the other order', pem.split('\n').toReversed().join('\n')],
  ])('is refused with %s', (_, text) => {
    expect(() => IssuerKey.fromPem(text)).toThrow(BAD_KEY);
  });
});

describe('a file with an issuer key', () => {
  const inFolder = (name: string, content: string | Uint8Array, mode = 0o600): string => {
    const path = join(tempFolder(), name);
    writeFileSync(path, content, { mode });
    return path;
  };

  it('is written for its owner alone, as PEM', async () => {
    const path = join(tempFolder(), 'issuer.pem');
    const key = IssuerKey.generate();
    await saveIssuerKey(path, key);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toBe(key.toPem());
    expect((await loadIssuerKey(path)).publicKey).toBe(key.publicKey);
  });

  it('is never written over', async () => {
    const path = inFolder('issuer.pem', 'here before');
    await expect(saveIssuerKey(path, IssuerKey.generate())).rejects.toThrow('EEXIST');
    expect(readFileSync(path, 'utf8')).toBe('here before');
  });

  it('is read as raw bytes, and as the text of a key of a log', async () => {
    const { publicKey } = IssuerKey.fromSeed(SEED);
    const text = formatSignerKey(makeSignerKey('log.example', KEY_TYPES.ed25519, SEED));
    for (const content of [SEED, text, `${text}\n`]) {
      expect((await loadIssuerKey(inFolder('key', content))).publicKey).toBe(publicKey);
    }
  });

  it('is read from a pipe', async () => {
    const path = join(tempFolder(), 'pipe');
    execFileSync('mkfifo', ['-m', '600', path]);
    const loading = loadIssuerKey(path);
    await writeFile(path, IssuerKey.fromSeed(SEED).toPem());
    expect((await loading).seed()).toEqual(SEED);
  });

  it('is refused where others may read it', async () => {
    const path = inFolder('issuer.pem', IssuerKey.generate().toPem());
    for (const mode of [0o640, 0o604, 0o620]) {
      chmodSync(path, mode);
      await expect(loadIssuerKey(path)).rejects.toThrow(BAD_KEY);
    }
  });

  it('is refused with any other content, of which the error says nothing', async () => {
    const witness = formatSignerKey(makeSignerKey('w', KEY_TYPES.cosignatureEd25519, SEED));
    const long = IssuerKey.fromSeed(SEED).toPem() + '\n'.repeat(16 * 1024);
    const contents = ['', 'x'.repeat(5000), long, witness, SEED.subarray(1), Uint8Array.of(255)];
    for (const content of contents) {
      const error = await loadIssuerKey(inFolder('key', content)).catch((reason) => reason);
      expect(error).toEqual(BAD_KEY);
      expect(error.message).toMatch(/^\S+ does not hold an issuer key$/);
    }
  });
});
