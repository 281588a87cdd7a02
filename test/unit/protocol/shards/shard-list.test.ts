/** Lists of shards: what one may say, who may sign it, and which may follow another. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '#protocol/errors.ts';
import { asHash } from '#protocol/merkle/hash.ts';
import {
  checkFollows,
  formatShardList,
  MAX_SHARDS,
  openShardList,
  parseShardList,
  type Shard,
  type ShardList,
  shardToWrite,
  signShardList,
} from '#protocol/shards/shard-list.ts';
import { expectCode, testKey } from '../note/support.ts';

const operator = testKey('operator.example', 1, 9);
const root = asHash(new Uint8Array(32).fill(5));
const a: Shard = {
  key: testKey('log.example/2025', 1, 1).verifier,
  url: 'https://log.example/2025',
  began: 100,
  final: { size: 7, root },
};
const b: Shard = {
  key: testKey('log.example/2026', 1, 2).verifier,
  url: 'https://log.example/2026',
  began: 200,
};
const list: ShardList = { version: 3, issued: 200, expires: 1000, shards: [a, b] };
const TEXT = `tecp-shards@v1
version 3
issued 200
expires 1000
shard ${a.key.text}
url https://log.example/2025
began 100
state frozen 7 BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU=
shard ${b.key.text}
url https://log.example/2026
began 200
state open
`;

describe('a list of shards', () => {
  it('is written and read as the specification shows it', () => {
    expect(formatShardList(list)).toBe(TEXT);
    expect(parseShardList(TEXT)).toEqual(list);
    expect(shardToWrite(list)).toEqual(b);
    expect(shardToWrite({ ...list, shards: [a] })).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['another header', TEXT.replace('@v1', '@v2')],
    ['no last newline', TEXT.slice(0, -1)],
    ['an empty line', `${TEXT}\n`],
    ['a line more', `${TEXT}note x\n`],
    ['a carriage return', TEXT.replaceAll('\n', '\r\n')],
    ['no shard', TEXT.slice(0, TEXT.indexOf('shard '))],
    ['half a shard', TEXT.slice(0, TEXT.lastIndexOf('state'))],
    ['lines in another order', TEXT.replace(/(issued.*\n)(expires.*\n)/, '$2$1')],
    ['version 0', TEXT.replace('version 3', 'version 0')],
    ['a number with a zero before it', TEXT.replace('version 3', 'version 03')],
    ['an end before its beginning', TEXT.replace('expires 1000', 'expires 200')],
    ['shards out of order', TEXT.replace('began 200', 'began 99')],
    ['one URL twice', TEXT.replace('/2026\nbegan', '/2025\nbegan')],
    ['one shard twice', TEXT + TEXT.slice(TEXT.lastIndexOf('shard '))],
    ['a URL with a slash at its end', TEXT.replace('/2026\nbegan', '/2026/\nbegan')],
    ['a URL with a password', TEXT.replace('https://log.example/2026', 'https://u:p@log.example')],
    ['a URL of another scheme', TEXT.replace('https://log.example/2026', 'file:///etc')],
    ['an unknown state', TEXT.replace('state open', 'state closed')],
    ['a frozen one without its tree', TEXT.replace('state open', 'state frozen')],
    ['a root that is too short', TEXT.replace('BQUFB', 'B')],
    ['a URL that others read in another way', TEXT.replace('/2026\nbegan', '/2026\\@x\nbegan')],
    ['what is no key', TEXT.replace(b.key.text, 'log.example/2026+00000000+AQ==')],
    ['a key of a witness', TEXT.replace(b.key.text, testKey('w.example', 4, 3).verifier.text)],
  ])('with %s is refused', (_, text) => {
    expectCode('bad-shards', () => parseShardList(text));
  });

  it('has limits', () => {
    const shards = Array.from({ length: MAX_SHARDS + 1 }, (_, i) => {
      const key = testKey(`log.example/${i}`, 1, 1).verifier;
      return { key, url: `https://log.example/${i}`, began: i };
    });
    expectCode('too-large', () => formatShardList({ ...list, shards }));
    const most = { ...list, shards: shards.slice(1) };
    expect(parseShardList(formatShardList(most))).toEqual(most);
    expectCode('too-large', () => parseShardList('x'.repeat(600_000)));
  });

  it('is the same after reading what was written, whatever it says', () => {
    const shard = fc.record({ began: fc.nat(50), isFrozen: fc.boolean(), size: fc.nat() });
    fc.assert(
      fc.property(fc.array(shard, { minLength: 1, maxLength: 9 }), fc.nat(), (found, version) => {
        const shards = found
          .toSorted((one, other) => one.began - other.began)
          .map(({ began, isFrozen, size }, i) => ({
            key: testKey(`log.example/${i}`, 1, 1).verifier,
            url: `http://log${i}.example`,
            began,
            ...(isFrozen && { final: { size, root } }),
          }));
        const any = { version: version + 1, issued: 1, expires: 2 + version, shards };
        expect(parseShardList(formatShardList(any))).toEqual(any);
      }),
    );
  });

  it('throws nothing but its own error, whatever it is given', () => {
    const lines = fc.array(fc.constantFrom(...TEXT.split('\n'), 'x', 'state frozen 1 x'));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          lines.map((some) => some.join('\n')),
        ),
        (text) => {
          try {
            expect(formatShardList(parseShardList(text))).toBe(text);
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
        },
      ),
    );
  });
});

describe('a signed list', () => {
  const note = signShardList(list, operator);

  it('is opened by the key of its operator, until it expires', () => {
    expect(openShardList(note, operator.verifier, 999)).toEqual(list);
    expectCode('stale', () => openShardList(note, operator.verifier, 1000));
    const other = testKey('operator.example', 1, 8).verifier;
    expectCode('untrusted', () => openShardList(note, other, 999));
    const changed = note.replace('version 3', 'version 4');
    expectCode('bad-signature', () => openShardList(changed, operator.verifier, 999));
  });

  it('is signed by no key of a shard, nor of a witness', () => {
    expectCode('bad-key', () => signShardList(list, testKey('log.example/2026', 1, 2)));
    expectCode('bad-key', () => signShardList(list, testKey('w.example', 4, 3)));
    expectCode('bad-key', () => openShardList(note, testKey('w.example', 4, 3).verifier, 999));
  });
});

describe('a list that follows another', () => {
  const next = { ...list, version: 4 };

  it('may add shards and freeze them', () => {
    const frozen = { ...b, final: { size: 9, root } };
    const c = {
      ...b,
      key: testKey('log.example/2027', 1, 3).verifier,
      url: 'https://c',
      began: 300,
    };
    checkFollows(list, list);
    checkFollows(list, { ...next, shards: [a, b, c] });
    checkFollows(list, { ...next, shards: [a, frozen, c] });
    // A log moves to another address.
    checkFollows(list, { ...next, shards: [{ ...a, url: 'https://archive.example' }, b] });
  });

  it.each([
    ['an older version', { ...list, version: 2 }],
    ['another list of the same version', { ...list, expires: 2000 }],
    ['a shard less', { ...next, shards: [b] }],
    ['a shard that thawed', { ...next, shards: [{ ...b, key: a.key, url: a.url, began: 100 }, b] }],
    ['another end of a shard', { ...next, shards: [{ ...a, final: { size: 8, root } }, b] }],
    ['another beginning of a shard', { ...next, shards: [{ ...a, began: 99 }, b] }],
  ])('is refused with %s', (_, other) => {
    expectCode('stale', () => checkFollows(list, other));
  });
});
