/**
 * The configuration file, and the keys that make a witness.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { KEY_TYPES, type SignerKey } from '#protocol/note/key.ts';
import { parseConfig } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { writeSignerKey } from '#service/keys.ts';
import { newKey } from '#test/support/keys.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { Cleanup, startTestWitness, witnessSetup } from '#test/support/witness.ts';
import { witnessConfigSchema } from '#witness/config.ts';
import { Cosigner, cosignatureTime } from '#witness/cosigner.ts';
import { memorySigner } from '#witness/signer.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const logKey = newKey('log.example/a', KEY_TYPES.ed25519);
const ed25519 = newKey('witness.example/one', KEY_TYPES.cosignatureEd25519);
const mlDsa = newKey('witness.example/one', KEY_TYPES.cosignatureMlDsa44);

const minimal = `
listen: { port: 8411 }
database: witness.db
keys: [keys/witness.key]
logs:
  - vkey: ${logKey.verifier.text}
    url: http://127.0.0.1:8400/
`;

function parse(text: string) {
  return parseConfig(text, '/etc/tecp/witness.yaml', witnessConfigSchema);
}

describe('a configuration', () => {
  it('needs little, listens on loopback, and finds files beside itself', () => {
    expect(parse(minimal)).toMatchObject({
      listen: { host: '127.0.0.1', port: 8411 },
      database: '/etc/tecp/witness.db',
      keys: ['/etc/tecp/keys/witness.key'],
      logs: [
        {
          origin: 'log.example/a',
          keys: [{ name: 'log.example/a' }],
          url: 'http://127.0.0.1:8400',
        },
      ],
      peers: [],
      monitors: [],
      cross_check: { interval_ms: 60_000, timeout_ms: 5000, patience_ms: 60_000 },
      limits: { body_bytes: 65_536 },
      trust_proxy: false,
      log_level: 'info',
    });
  });

  it('says whom to trust with a client address where log and monitor do', () => {
    expect(parse(`${minimal}trust_proxy: true`).trust_proxy).toBe(true);
    const old = `${minimal}limits: { trust_proxy: true }`;
    expect(() => parse(old)).toThrow(
      'unknown key "limits.trust_proxy"; "trust_proxy" belongs at the top level of the file.',
    );
  });

  it('may name peers', () => {
    const { text } = ed25519.verifier;
    const { peers } = parse(
      `${minimal}peers: [{ url: 'http://127.0.0.1:8412', vkeys: ['${text}'] }]`,
    );
    expect(peers).toMatchObject([{ url: 'http://127.0.0.1:8412', vkeys: [{ text }] }]);
  });

  it.each([
    ['an unknown key', `${minimal}cross_chekc: {}`, /unknown key "cross_chekc"; did you mean/],
    ['a key that is none', minimal.replace('log.example/a+', 'log.example/b+'), /logs\[0\]\.vkey/],
    [
      'a witness key as a log',
      minimal.replace(logKey.verifier.text, ed25519.verifier.text),
      /log key/,
    ],
    [
      'a log key as a peer',
      `${minimal}peers: [{ url: 'http://h', vkeys: ['${logKey.verifier.text}'] }]`,
      /cosigner key/,
    ],
    [
      'a URL that is none',
      minimal.replace('http://127.0.0.1:8400/', 'ftp://host'),
      /http or https/,
    ],
    [
      'an origin twice',
      minimal.replace('logs:', `logs:\n  - vkey: ${logKey.verifier.text}`),
      /listed twice/,
    ],
    [
      'a body limit below what a log may send',
      `${minimal}limits: { body_bytes: 32767 }`,
      /body_bytes/,
    ],
    [
      'peers without tiles to compare by',
      `${minimal.replace(/ {4}url.*\n/, '')}peers: [{ url: 'http://h', vkeys: ['${ed25519.verifier.text}'] }]`,
      /logs\[0\]\.url/,
    ],
  ])('with %s is refused', (_, text, message) => {
    expect(() => parse(text)).toThrow(ConfigError);
    expect(() => parse(text)).toThrow(message);
  });
});

describe('the keys of a witness', () => {
  it('are of one name, several of a kind, and eight at most', () => {
    const cosigner = (...keys: SignerKey[]) => new Cosigner(keys.map(memorySigner));
    const { active } = cosigner(mlDsa, ed25519);
    expect(active).toEqual([ed25519.verifier, mlDsa.verifier]);
    const otherName = newKey('witness.example/two', KEY_TYPES.cosignatureMlDsa44);
    const sameType = newKey('witness.example/one', KEY_TYPES.cosignatureEd25519);
    expect(cosigner(ed25519, mlDsa, sameType).active).toHaveLength(3);
    const nine = Array.from({ length: 9 }, () => newKey('w', KEY_TYPES.cosignatureEd25519));
    for (const keys of [[], [ed25519, otherName], [ed25519, ed25519], nine]) {
      expect(() => cosigner(...keys)).toThrow(ConfigError);
    }
  });

  it('are refused at start when the file holds a log key, and the database stays free', async () => {
    const folder = cleanup.folder();
    const { config } = witnessSetup(folder, [new MemoryLog()]);
    writeSignerKey(`${folder}/log.key`, logKey);
    const wrong = { ...config, keys: [`${folder}/log.key`] };
    await expect(startTestWitness(cleanup, wrong)).rejects.toThrow(ConfigError);
    await startTestWitness(cleanup, config);
  });

  it('are given back when the port is taken', async () => {
    const { config } = witnessSetup(cleanup.folder(), [new MemoryLog()]);
    const first = await startTestWitness(cleanup, config);
    const { config: second } = witnessSetup(cleanup.folder(), [new MemoryLog()]);
    const port = Number(new URL(first.url).port);
    const taken = { ...second, listen: { host: '127.0.0.1', port } };
    await expect(startTestWitness(cleanup, taken)).rejects.toThrow(/already in use/);
    await startTestWitness(cleanup, second);
  });
});

it('the time of a cosignature is now, but never 0 and never before the last one', () => {
  expect(cosignatureTime(1_999, 0)).toBe(1);
  expect(cosignatureTime(5_999, 3)).toBe(5);
  expect(cosignatureTime(5_999, 9)).toBe(9);
  expect(cosignatureTime(-5_000, 0)).toBe(1);
});
