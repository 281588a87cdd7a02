/** Policy files: each rule of the format, and the quorum as a function of who cosigned. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '#crypto';
import { encodeBase64 } from '#protocol/base64.ts';
import { concatBytes, encodeUtf8, toHex } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { makeVerifierKey } from '#protocol/note/key.ts';
import {
  formatPolicy,
  isQuorumMet,
  type Policy,
  parsePolicy,
  quorumTime,
} from '#protocol/policy/policy.ts';
import { errorCode, expectCode, mutated, testKey } from '../note/support.ts';

const log = testKey('log.example', 1, 1).verifier.text;
const otherLog = testKey('other.example', 1, 2).verifier.text;
const w = Array.from({ length: 6 }, (_, i) => testKey(`w${i}.example`, 4, 10 + i).verifier.text);
const quantum = testKey('w0.example', 6, 20).verifier.text;

/** The example of the tlog-policy specification, with keys. */
const EXAMPLE = `log ${log}

witness X1 ${w[0]}
witness X2 ${w[1]}
witness X3 ${w[2]}
group X-witnesses 2 X1 X2 X3

witness Y1 ${w[3]}
witness Y2 ${w[4]}
witness Y3 ${w[5]}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;
const TWO = `witness a ${w[0]}\nwitness b ${w[1]}\n`;

describe('a policy file', () => {
  it('is read from the example of the specification', () => {
    const policy = parsePolicy(EXAMPLE);
    expect(policy.logs).toHaveLength(1);
    expect(policy.witnesses.map(({ name }) => name)).toEqual(['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3']);
    expect(policy.groups).toEqual([
      { name: 'X-witnesses', threshold: 2, members: ['X1', 'X2', 'X3'] },
      { name: 'Y-witnesses', threshold: 1, members: ['Y1', 'Y2', 'Y3'] },
      { name: 'X-and-Y', threshold: 2, members: ['X-witnesses', 'Y-witnesses'] },
    ]);
    expect(policy.quorum).toBe('X-and-Y');
  });

  it('needs nothing but a quorum line', () => {
    expect(parsePolicy('quorum none\n')).toEqual({
      logs: [],
      witnesses: [],
      groups: [],
      quorum: 'none',
    });
  });

  it('separates by any run of spaces and tabs, also around a line', () => {
    const text = ` \twitness \t a\t${w[0]}  http://127.0.0.1:8411/ \n \n\tquorum\ta\n`;
    expect(parsePolicy(text)).toMatchObject({
      witnesses: [{ name: 'a', url: 'http://127.0.0.1:8411' }],
      quorum: 'a',
    });
  });

  it('ignores whole-line comments, also after white space', () => {
    expect(parsePolicy('# one\n \t# two \u00e9\n#\nquorum none\n').quorum).toBe('none');
  });

  it('keeps the URLs of logs and witnesses', () => {
    const policy = parsePolicy(`log ${log} https://log.example/x\n${TWO}quorum none\n`);
    expect(policy.logs[0]?.url).toBe('https://log.example/x');
    expect(policy.witnesses[0]).not.toHaveProperty('url');
  });

  it('has one text for one URL, whatever slashes end it', () => {
    for (const end of ['', '/', '//']) {
      const policy = parsePolicy(`log ${log} https://a.example${end}\n${TWO}quorum none\n`);
      expect(policy.logs[0]?.url).toBe('https://a.example');
    }
    const witness = `witness a ${w[0]} http://a.example/x//\nquorum a\n`;
    expect(parsePolicy(witness).witnesses[0]?.url).toBe('http://a.example/x');
  });

  it('leaves to whoever asks a URL whether it is one', () => {
    const policy = parsePolicy(`log ${log} http://[/\nquorum none\n`);
    expect(policy.logs[0]?.url).toBe('http://[');
  });

  it('has one name space of opaque names', () => {
    const text = `witness K ${w[0]}\nwitness \u212a ${w[1]}\ngroup all all K \u212a\nquorum all\n`;
    expect(parsePolicy(text).groups[0]).toMatchObject({ name: 'all', members: ['K', '\u212a'] });
  });

  it('may define more after the quorum line', () => {
    expect(parsePolicy(`quorum none\n${TWO}`).witnesses).toHaveLength(2);
  });

  it('may list several logs and several keys of one origin', () => {
    const second = testKey('log.example', 1, 3).verifier.text;
    const text = `log ${log}\nlog ${otherLog}\nlog ${second}\nquorum none\n`;
    expect(parsePolicy(text).logs).toHaveLength(3);
  });

  it('lists an operator with keys of both kinds as two witnesses and a group', () => {
    const text = `witness ed ${w[0]}\nwitness pq ${quantum}\ngroup one all ed pq\nquorum one\n`;
    const policy = parsePolicy(text);
    expect(isQuorumMet(policy, new Set(['ed']))).toBe(false);
    expect(isQuorumMet(policy, new Set(['ed', 'pq']))).toBe(true);
  });
});

const sameKeyOtherName = testKey('renamed.example', 4, 10).verifier.text;
const sameKeyOtherType = testKey('w0.example', 1, 10).verifier.text;

/** A key of the point of order 4, under which anybody can sign much. */
function smallOrder(type: number): string {
  const typed = new Uint8Array(33);
  typed[0] = type;
  const id = sha256(concatBytes(encodeUtf8('small.example\n'), typed)).subarray(0, 4);
  return `small.example+${toHex(id)}+${encodeBase64(typed)}`;
}

describe('a policy file is refused with', () => {
  it.each([
    ['no quorum', TWO],
    ['nothing', ''],
    ['two quorum lines', `${TWO}quorum a\nquorum a\n`],
    ['a quorum that is not defined', `${TWO}quorum c\n`],
    ['a quorum that is defined later', `quorum a\n${TWO}`],
    ['a quorum of two names', `${TWO}quorum a b\n`],
    ['a quorum of no name', `${TWO}quorum\n`],
    ['two witnesses of one name', `witness a ${w[0]}\nwitness a ${w[1]}\nquorum a\n`],
    ['a group with the name of a witness', `${TWO}group a all b\nquorum a\n`],
    ['two groups of one name', `${TWO}group g all a\ngroup g all b\nquorum g\n`],
    ['a member that is not defined', `${TWO}group g all a c\nquorum g\n`],
    ['a group that is its own member', `${TWO}group g any a g\nquorum g\n`],
    ['a member that is defined later', `witness a ${w[0]}\ngroup g any a h\n${TWO}quorum g\n`],
    ['none as a member', `${TWO}group g any a none\nquorum g\n`],
    ['none as a witness', `witness none ${w[0]}\nquorum none\n`],
    ['none as a group', `${TWO}group none any a\nquorum none\n`],
    ['a member twice in a group', `${TWO}group g any a a\nquorum g\n`],
    ['a member of two groups', `${TWO}group g any a\ngroup h any a b\nquorum h\n`],
    ['a group without members', `${TWO}group g all\nquorum a\n`],
    ['k of zero', `${TWO}group g 0 a b\nquorum g\n`],
    ['k above the count of members', `${TWO}group g 3 a b\nquorum g\n`],
    ['k with a leading zero', `${TWO}group g 01 a b\nquorum g\n`],
    ['k with a sign', `${TWO}group g +1 a b\nquorum g\n`],
    ['k that is not a number', `${TWO}group g some a b\nquorum g\n`],
    ['k out of all measure', `${TWO}group g 99999999999999999999 a b\nquorum g\n`],
    ['the same witness key twice', `witness a ${w[0]}\nwitness b ${w[0]}\nquorum a\n`],
    [
      'the same public key under another key name',
      `witness a ${w[0]}\nwitness b ${sameKeyOtherName}\nquorum a\n`,
    ],
    [
      'the same public key as log and as witness',
      `log ${sameKeyOtherType}\nwitness a ${w[0]}\nquorum a\n`,
    ],
    ['the same log twice', `log ${log}\nlog ${log}\nquorum none\n`],
    ['a witness key of type 1', `witness a ${log}\nquorum none\n`],
    ['a log key of type 4', `log ${w[0]}\nquorum none\n`],
    ['a witness key of small order', `witness a ${smallOrder(4)}\nquorum a\n`],
    ['a log key of small order', `log ${smallOrder(1)}\nquorum none\n`],
    ['a malformed key', `log ${log.slice(1)}\nquorum none\n`],
    ['a key of ridiculous length', `log ${log}${'A'.repeat(5000)}\nquorum none\n`],
    ['a log without a key', 'log\nquorum none\n'],
    ['a witness without a key', 'witness a\nquorum none\n'],
    ['a URL that is none', `log ${log} log.example\nquorum none\n`],
    ['a URL of another scheme', `log ${log} file:///etc/passwd\nquorum none\n`],
    ['a URL of a scheme in capitals', `log ${log} HTTPS://a.example\nquorum none\n`],
    ['a URL without slashes', `log ${log} https:a.example\nquorum none\n`],
    ['a URL without a host', `log ${log} http:///x\nquorum none\n`],
    ['a URL of nothing but a query', `log ${log} https://?x\nquorum none\n`],
    ['something after the URL', `log ${log} https://a.example # mine\nquorum none\n`],
    ['a comment at the end of a line', 'quorum none # nobody\n'],
    ['a comment among the members', `${TWO}group g any a #b\nquorum g\n`],
    ['an unknown keyword', 'quorum none\nlogs\n'],
    ['a keyword in capitals', 'QUORUM none\n'],
    ['CRLF', 'quorum none\r\n'],
    ['a DEL', 'quorum none\n# \x7f\n'],
    ['a NUL', 'quorum none\n# \0\n'],
    ['a lone surrogate', 'quorum none\n# \ud800\n'],
    ['no newline at its end', 'quorum none'],
    ['a no-break space as a separator', 'quorum\u00a0none\n'],
  ])('%s', (_, text) => {
    expectCode('bad-policy', () => parsePolicy(text));
  });

  it('the line named', () => {
    try {
      parsePolicy(`${TWO}\n# comment\nquorum c\n`);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error).toMatchObject({ field: 'line 5', message: 'line 5: "c" is not defined' });
    }
  });

  it('more than a megabyte', () => {
    expectCode('too-large', () => parsePolicy(`#${'x'.repeat(1024 * 1024)}\nquorum none\n`));
  });

  it('groups that nest deeper than 32', () => {
    const nested = (depth: number) => {
      const groups = Array.from(
        { length: depth },
        (_, i) => `group g${i} all ${i === 0 ? 'a' : `g${i - 1}`}\n`,
      );
      return `witness a ${w[0]}\n${groups.join('')}quorum g${depth - 1}\n`;
    };
    expect(parsePolicy(nested(32)).groups).toHaveLength(32);
    expectCode('bad-policy', () => parsePolicy(nested(33)));
  });

  it('more than 256 logs, witnesses or groups', () => {
    const lines = (count: number, line: (i: number) => string) =>
      Array.from({ length: count }, (_, i) => line(i)).join('');
    const logs = (count: number) => lines(count, (i) => `log ${distinctKey(1, i)}\n`);
    const witnesses = (count: number) =>
      lines(count, (i) => `witness w${i} ${distinctKey(4, i)}\n`);
    const groups = lines(256, (i) => `group g${i} any w${i}\n`);
    const most = `${logs(256)}${witnesses(256)}${groups}`;
    expect(parsePolicy(`${most}quorum none\n`).groups).toHaveLength(256);
    expectCode('bad-policy', () => parsePolicy(`${logs(257)}quorum none\n`));
    expectCode('bad-policy', () => parsePolicy(`${witnesses(257)}quorum none\n`));
    expectCode('bad-policy', () => parsePolicy(`${most}group g any g0\nquorum none\n`));
  });
});

/** The text of a key that nobody can sign with, another one for each i. */
function distinctKey(type: 1 | 4, i: number): string {
  const publicKey = new Uint8Array(32).fill(type);
  new DataView(publicKey.buffer).setUint32(0, i);
  return makeVerifierKey(`n${i}`, type, publicKey).text;
}

describe('the quorum', () => {
  const policy = parsePolicy(EXAMPLE);
  const met = (...names: string[]) => isQuorumMet(policy, new Set(names));

  it('is that of the example: two of X and one of Y', () => {
    expect(met('X1', 'X3', 'Y2')).toBe(true);
    expect(met('X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3')).toBe(true);
    expect(met('X1', 'X2', 'X3')).toBe(false);
    expect(met('X1', 'Y1', 'Y2', 'Y3')).toBe(false);
    expect(met()).toBe(false);
  });

  it('is not met by the names of groups or of strangers', () => {
    expect(met('X-and-Y', 'X-witnesses', 'Y-witnesses', 'Z')).toBe(false);
  });

  it('of one witness is that witness', () => {
    const single = parsePolicy(`${TWO}quorum b\n`);
    expect(isQuorumMet(single, new Set(['a']))).toBe(false);
    expect(isQuorumMet(single, new Set(['b']))).toBe(true);
  });

  it('none is met by nobody and has no time', () => {
    const none = parsePolicy(`${TWO}quorum none\n`);
    expect(isQuorumMet(none, new Set())).toBe(true);
    expect(quorumTime(none, new Map([['a', 5]]))).toBeUndefined();
  });

  it('has the time at which its last needed witness cosigned', () => {
    const times = new Map(Object.entries({ X1: 50, X2: 10, X3: 30, Y1: 20, Y2: 99 }));
    expect(quorumTime(policy, times)).toBe(30);
    times.set('Y1', 70);
    expect(quorumTime(policy, times)).toBe(70);
    times.delete('X1');
    times.delete('X2');
    expect(quorumTime(policy, times)).toBeUndefined();
  });

  it('time is the smallest t at which the quorum is met, whoever cosigned when', () => {
    const names = policy.witnesses.map(({ name }) => name);
    const times = fc
      .array(fc.option(fc.integer({ min: 1, max: 9 })), { minLength: 6, maxLength: 6 })
      .map((list) =>
        names.flatMap((name, i) => (list[i] == null ? [] : [[name, list[i]] as const])),
      );
    fc.assert(
      fc.property(times, (entries) => {
        const metAt = (t: number) =>
          met(...entries.filter(([, time]) => time <= t).map(([name]) => name));
        const smallest = [1, 2, 3, 4, 5, 6, 7, 8, 9].find(metAt);
        expect(quorumTime(policy, new Map(entries))).toBe(smallest);
      }),
    );
  });
});

/** Policies with up to six witnesses, and groups that use each name at most once. */
const arbitraryPolicy: fc.Arbitrary<Policy> = fc
  .record({
    urls: fc.array(fc.constantFrom(undefined, 'https://a.example/x', 'http://127.0.0.1:8411'), {
      maxLength: 6,
    }),
    cuts: fc.array(fc.record({ take: fc.integer({ min: 1, max: 3 }), k: fc.nat() }), {
      maxLength: 4,
    }),
    quorum: fc.nat(),
  })
  .map(({ urls, cuts, quorum }) => {
    const witnesses = urls.map((url, i) => {
      const key = makeVerifierKey(`w${i}`, 4, new Uint8Array(32).fill(100 + i));
      return { name: `w${i}`, key, ...(url === undefined ? {} : { url }) };
    });
    const free = witnesses.map(({ name }) => name);
    const groups: { name: string; threshold: number; members: string[] }[] = [];
    for (const { take, k } of cuts) {
      const members = free.splice(0, take);
      if (members.length === 0) break;
      const name = `g${groups.length}`;
      groups.push({ name, threshold: 1 + (k % members.length), members });
      free.push(name);
    }
    const names = ['none', ...witnesses.map(({ name }) => name), ...groups.map(({ name }) => name)];
    return { logs: [], witnesses, groups, quorum: names[quorum % names.length]! };
  });

describe('any policy', () => {
  it('survives the round trip', () => {
    fc.assert(
      fc.property(arbitraryPolicy, (policy) => {
        expect(parsePolicy(formatPolicy(policy))).toEqual(policy);
      }),
    );
    expect(parsePolicy(formatPolicy(parsePolicy(EXAMPLE)))).toEqual(parsePolicy(EXAMPLE));
  });

  it('that is mutated throws a typed error or has one canonical text', () => {
    fc.assert(
      fc.property(
        mutated(fc.oneof(arbitraryPolicy.map(formatPolicy), fc.constant(EXAMPLE))),
        (text) => {
          if (errorCode(() => parsePolicy(text)) === undefined) {
            const policy = parsePolicy(text);
            expect(parsePolicy(formatPolicy(policy))).toEqual(policy);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
