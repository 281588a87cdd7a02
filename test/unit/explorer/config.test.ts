/** What an explorer is told in its configuration, and which logs follow from it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { explorerConfigSchema } from '#explorer/config.ts';
import { followedLogs } from '#explorer/followed-logs.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { parseConfig } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { newKey } from '#test/support/keys.ts';
import { memoryFolder } from '#test/support/temp.ts';

const one = newKey('one.example', KEY_TYPES.ed25519).verifier;
const newer = newKey('one.example', KEY_TYPES.ed25519).verifier;
const two = newKey('two.example', KEY_TYPES.ed25519).verifier;
const witness = newKey('witness.example', KEY_TYPES.cosignatureEd25519).verifier;

const POLICY = `log ${one.text} https://one.example/log/
log ${newer.text}
log ${two.text} https://two.example
witness w ${witness.text} https://w.example
quorum w
`;

function parse(document: object) {
  const folder = memoryFolder();
  writeFileSync(join(folder, 'policy.txt'), POLICY);
  const text = JSON.stringify({ database: 'explorer.db', ...document });
  return parseConfig(text, join(folder, 'explorer.yaml'), explorerConfigSchema);
}

const logsOf = (...logs: object[]) => followedLogs(parse({ logs }));

it('has a default for everything but the index and the logs', () => {
  const { logs, listen, entries, ...others } = parse({
    logs: [{ url: 'https://one.example/log/', vkey: one.text }],
  });
  expect(listen).toEqual({ host: '127.0.0.1', port: 8430 });
  expect(entries).toBe('check');
  expect(logs).toMatchObject([{ url: 'https://one.example/log' }]);
  expect(others).toMatchObject({ interval_ms: 2000, timeout_ms: 10_000, trust_proxy: false });
});

it.each([
  ['no log', { logs: [] }],
  ['no one to believe', { logs: [{ url: 'https://one.example' }] }],
  [
    'two to believe',
    { logs: [{ url: 'https://a.example', vkey: one.text, policy: 'policy.txt' }] },
  ],
  [
    'more logs than it can look at',
    {
      logs: Array.from({ length: 101 }, () => ({ url: 'https://a.example', vkey: one.text })),
    },
  ],
  ['a URL with a password', { logs: [{ url: 'https://u:p@a.example', vkey: one.text }] }],
])('refuses %s', (_, document) => {
  expect(() => parse(document)).toThrow(ConfigError);
});

it('believes of each log its own keys, and the witnesses of the policy', () => {
  const [log] = logsOf({ url: 'https://one.example/log', policy: 'policy.txt' });
  expect(log).toMatchObject({ origin: 'one.example', withoutQuorum: false });
  const policy = parsePolicy(log!.policyText);
  expect(policy.logs.map(({ key }) => key.text)).toEqual([one.text, newer.text]);
  expect(policy).toMatchObject({ quorum: 'w', witnesses: [{ name: 'w' }] });
});

it('believes a key alone, without a quorum', () => {
  const [log] = logsOf({ url: 'https://mirror.example', vkey: two.text });
  expect(log).toMatchObject({ origin: 'two.example', withoutQuorum: true });
  expect(log!.policyText).toBe(`log ${two.text}\nquorum none\n`);
});

it.each([
  ['is none of several of a policy', [{ url: 'https://mirror.example', policy: 'policy.txt' }]],
  [
    'is there twice',
    [
      { url: 'https://two.example', policy: 'policy.txt' },
      { url: 'https://mirror.example', vkey: two.text },
    ],
  ],
  ['is named by a key of a witness', [{ url: 'https://two.example', vkey: witness.text }]],
])('refuses a log that %s', (_, logs) => {
  expect(() => logsOf(...logs)).toThrow(ConfigError);
});
