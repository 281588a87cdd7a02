/** What `tecp policy` says of policies and makes of keys. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint, readKeys } from '#cli/lib/key-text.ts';
import { buildPolicy, readParty } from '#cli/policy/build.ts';
import { judgePolicy } from '#cli/policy/judge.ts';
import { askEverybody } from '#cli/policy/online.ts';
import { sha256 } from '#crypto';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { formatSignerKey, KEY_TYPES, type KeyType, makeSignerKey } from '#protocol/note/key.ts';
import { isQuorumMet, type Policy, type PolicyGroup } from '#protocol/policy/policy.ts';
import { tempFolder } from '#test/support/temp.ts';

const { ed25519, cosignatureEd25519, cosignatureMlDsa44 } = KEY_TYPES;

function signerOf(name: string, type: KeyType = cosignatureEd25519) {
  return makeSignerKey(name, type, sha256(encodeUtf8(`${name} ${type}`)));
}
const keyOf = (name: string, type?: KeyType) => signerOf(name, type).verifier;
const LOG = { keys: [keyOf('log.example', ed25519)], url: 'https://log.example' };
const party = (name: string, url?: string) => ({ keys: [keyOf(name)], ...(url ? { url } : {}) });
const pair = (name: string) => ({ keys: [keyOf(name), keyOf(name, cosignatureMlDsa44)] });
const codesOf = (policy: Policy) => judgePolicy(policy).weaknesses.map(({ code }) => code);

/** Random trees of groups over witnesses of different operators. */
const policies = fc
  .array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 4 })
  .chain((choices) => fc.tuple(fc.integer({ min: 1, max: 6 }), fc.constant(choices)))
  .map(([count, choices]): Policy => {
    const witnesses = Array.from({ length: count }, (_, i) => ({
      name: `w${i}`,
      key: keyOf(`w${i}`),
    }));
    const groups: PolicyGroup[] = [];
    let free = witnesses.map(({ name }) => name);
    choices.forEach(([size, k, from], i) => {
      const start = from % free.length;
      const members = free.slice(start, start + 1 + (size % free.length));
      groups.push({ name: `g${i}`, threshold: 1 + (k % members.length), members });
      free = [...free.filter((name) => !members.includes(name)), `g${i}`];
    });
    return { logs: [{ key: LOG.keys[0]! }], witnesses, groups, quorum: groups.at(-1)!.name };
  });

describe('the judgement of a policy', () => {
  it('counts exactly who may be away, and who must help a log to show two faces', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        const names = policy.witnesses.map(({ name }) => name);
        const sets = Array.from(
          { length: 2 ** names.length },
          (_, bits) => new Set(names.filter((_, i) => bits & (1 << i))),
        );
        const quorums = sets.filter((set) => isQuorumMet(policy, set));
        const fatal = sets.filter(
          (set) => !isQuorumMet(policy, new Set(names.filter((name) => !set.has(name)))),
        );
        const overlaps = quorums.flatMap((a) =>
          quorums.map((b) => [...a].filter((name) => b.has(name)).length),
        );
        const judgement = judgePolicy(policy);
        expect(judgement.may_be_away).toBe(Math.min(...fatal.map(({ size }) => size)) - 1);
        expect(judgement.must_help).toBe(Math.min(...overlaps));
      }),
    );
  });

  it('takes an operator with two keys for one', () => {
    const policy = buildPolicy([LOG], [pair('a'), pair('b'), party('c')], undefined);
    expect(judgePolicy(policy)).toEqual({
      rule: '2 of (a (with 2 keys), b (with 2 keys), c)',
      may_be_away: 1,
      must_help: 1,
      weaknesses: [],
    });
  });

  it('names what is weak', () => {
    const three = [party('a'), party('b'), party('c')];
    expect(codesOf(buildPolicy([LOG], three, '2'))).toEqual([]);
    expect(codesOf(buildPolicy([LOG], three, '1'))).toEqual(['two-quorums']);
    expect(codesOf(buildPolicy([LOG], three, 'none'))).toEqual(['no-quorum']);
    expect(codesOf(buildPolicy([LOG], [pair('a')], '1'))).toEqual(['one-witness']);
    expect(codesOf(buildPolicy([], three, 'all'))).toEqual(['no-log']);
    const one = 'https://one.example';
    const twice = buildPolicy([LOG], [party('a', one), party('b', one), party('c')], '3');
    expect(codesOf(twice)).toEqual(['twice']);
    const { logs, witnesses } = twice;
    const some = { name: 'some', threshold: 2, members: ['a', 'c'] };
    expect(codesOf({ logs, witnesses, groups: [some], quorum: 'some' })).toEqual(['uncounted']);
  });
});

describe('a policy that is built', () => {
  it('asks for more than half of the witnesses unless told otherwise', () => {
    for (const [count, least] of [
      [1, 1],
      [2, 2],
      [3, 2],
      [4, 3],
      [5, 3],
    ] as const) {
      const parties = Array.from({ length: count }, (_, i) => party(`w${i}`));
      expect(buildPolicy([LOG], parties, undefined).groups.at(-1)?.threshold).toBe(least);
    }
  });

  it('takes keys from files and from the command line, with and without URLs', async () => {
    const { text } = keyOf('a');
    const folder = tempFolder();
    const file = join(folder, 'a, b.vkey');
    writeFileSync(file, `${text}\n${keyOf('a', cosignatureMlDsa44).text}\n`);
    expect(await readParty(`${text},https://a.example`)).toEqual({
      keys: [keyOf('a')],
      url: 'https://a.example',
    });
    expect((await readParty(file)).keys.map(({ type }) => type)).toEqual([4, 6]);
    expect(await readParty(text)).toEqual({ keys: [keyOf('a')] });
    const policy = buildPolicy([LOG], [await readParty(`${file},http://a`), party('b')], 'all');
    expect(policy.witnesses.map(({ name, url }) => [name, url])).toEqual([
      ['a-ed', 'http://a'],
      ['a-pq', 'http://a'],
      ['b', undefined],
    ]);
  });

  it.each(['0', '4', '1.5', '-1', 'most', ''])('refuses a quorum of %j out of three', (quorum) => {
    const three = [party('a'), party('b'), party('c')];
    expect(() => buildPolicy([LOG], three, quorum)).toThrow(
      expect.objectContaining({ exitCode: 2 }),
    );
  });

  it('refuses one key twice, and never repeats a secret that was given for a key', async () => {
    expect(() => buildPolicy([LOG], [party('a'), party('a')], 'all')).toThrow(
      'second verifier key',
    );
    const secret = formatSignerKey(signerOf('a'));
    const refused = await readParty(secret).catch(String);
    expect(refused).toContain('no verifier key');
    expect(refused).not.toContain(secret.slice(-30));
  });
});

describe('a policy that is checked online', () => {
  it('has an answer for each URL, that nobody is there too', async () => {
    const url = 'http://127.0.0.1:9';
    const policy = buildPolicy([{ ...LOG, url }], [party('a', `${url}/a`), party('b')], 'all');
    const answers = await askEverybody(policy);
    expect(answers.map(({ url, ok }) => [url, ok])).toEqual([
      [url, false],
      [`${url}/a`, false],
    ]);
  });
});

describe('a key that is shown', () => {
  it('has the fingerprint that sha256sum gives its verifier key', () => {
    const key = keyOf('a');
    expect(fingerprint(key)).toBe(toHex(sha256(encodeUtf8(key.text))));
    expect(fingerprint(keyOf('a', ed25519))).not.toBe(fingerprint(key));
  });

  it('is read from key files of either kind, and not when others may read its secret', async () => {
    const folder = tempFolder();
    const path = join(folder, 'a.key');
    writeFileSync(path, `${formatSignerKey(signerOf('a'))}\n`, { mode: 0o600 });
    expect(await readKeys(path)).toEqual([{ key: keyOf('a'), isSecret: true }]);
    const open = join(folder, 'open.key');
    writeFileSync(open, `${formatSignerKey(signerOf('a'))}\n`, { mode: 0o644 });
    await expect(readKeys(open)).rejects.toThrow('chmod 600');
    const bad = join(folder, 'bad');
    for (const text of ['', 'x\n', 'a+1+2\n']) {
      writeFileSync(bad, text);
      await expect(readKeys(bad)).rejects.toMatchObject({ exitCode: 2 });
    }
  });
});
