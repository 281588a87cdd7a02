/** Lists of logs for witnesses: the public format, its limits, and what is passed over. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '#protocol/errors.ts';
import {
  MAX_CONTACT_LENGTH,
  MAX_LISTED_LOGS,
  MAX_LOG_LIST_LENGTH,
  parseLogList,
} from '#protocol/witness/log-list.ts';
import { expectCode, testKey } from '../note/support.ts';

const log = testKey('log.example', 1, 1).verifier;
const other = testKey('other.example/tree', 1, 2).verifier;
const witness = testKey('witness.example', 4, 3).verifier;

/** As it is published for staging, with comments and a log whose origin is not the name of its key. */
const PUBLISHED = `#
# This is an experimental list where witnesses can discover logs.
#
logs/v0

vkey sigsum.org/v1/tree/1643169b32bef33a3f54f8a353b87c475d19b6223cbb106390d10a29978e1cba+57f71a6a+AUfkgWBtisunR6awU9bC0ZFgX7EiF11BChICqRQwq845
qpd 8640
contact services@mullvad.net | https://serviceberry.tlog.stagemole.eu/about

vkey sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8
origin go.sum database tree
qpd 86400
contact golang-dev (at) googlegroups.com
`;

const item = (lines: string) => `logs/v0\n${lines}`;
const whole = `vkey ${log.text}\nqpd 24\ncontact me`;

describe('a list', () => {
  it('is read as it is published', () => {
    const { logs, skipped } = parseLogList(PUBLISHED);
    expect(skipped).toEqual([]);
    expect(logs).toMatchObject([
      { key: { name: logs[0]?.origin }, queriesPerDay: 8640 },
      { origin: 'go.sum database tree', key: { name: 'sum.golang.org' }, queriesPerDay: 86_400 },
    ]);
  });

  it('may be empty, and have drafts’ "origin none", spaces and no last newline', () => {
    expect(parseLogList('logs/v0')).toEqual({ logs: [], skipped: [] });
    const text = `\r\n  logs/v0 \r\n vkey ${log.text}\r\norigin none\n\n#\nqpd 1\ncontact a b`;
    expect(parseLogList(text).logs).toEqual([
      { origin: 'log.example', key: log, queriesPerDay: 1, contact: 'a b' },
    ]);
  });

  it.each([
    ['nothing', ''],
    ['another header', 'logs/v1\n'],
    ['more after the header', 'logs/v0 x\n'],
    ['a log without a key', item('qpd 24\ncontact me')],
    ['no rate', item(`vkey ${log.text}\ncontact me`)],
    ['no contact', item(`vkey ${log.text}\nqpd 24`)],
    ['an empty contact', item(`vkey ${log.text}\nqpd 24\ncontact`)],
    ['an empty origin', item(`vkey ${log.text}\norigin\nqpd 24\ncontact me`)],
    ['another order', item(`vkey ${log.text}\ncontact me\nqpd 24`)],
    ['a rate of nothing', item(`vkey ${log.text}\nqpd 0\ncontact me`)],
    ['a rate that is no number', item(`vkey ${log.text}\nqpd 1e3\ncontact me`)],
    ['a line of its own', item(`${whole}\nbastion none`)],
    ['a control character', item(`${whole}\u0007`)],
  ])('with %s is refused as a whole', (_, text) => {
    expectCode('bad-log-list', () => parseLogList(text));
  });

  it('above its caps is refused before more is done', () => {
    expectCode('too-large', () => parseLogList(`${'#'.repeat(MAX_LOG_LIST_LENGTH)}\n`));
    expectCode('too-large', () => parseLogList(item(`vkey ${'a'.repeat(9000)}`)));
    const many = `vkey x\nqpd 1\ncontact c\n`.repeat(MAX_LISTED_LOGS + 1);
    expectCode('too-large', () => parseLogList(item(many)));
  });

  it.each([
    ['a key that is none', whole.replace(log.text, 'nonsense')],
    ['a key of an unknown kind', whole.replace(log.text, 'a+00000000+/w==')],
    ['a witness’s key', whole.replace(log.text, witness.text)],
    ['an origin that is too long', whole.replace('\n', `\norigin ${'o'.repeat(256)}\n`)],
    ['a contact that is too long', `${whole}${'e'.repeat(MAX_CONTACT_LENGTH)}`],
    [
      'an origin that is there already',
      `vkey ${other.text}\norigin other.example/tree\nqpd 1\ncontact c`,
    ],
  ])('passes over a log with %s, and no other', (_, lines) => {
    const first = `vkey ${other.text}\nqpd 1\ncontact c\n`;
    const { logs, skipped } = parseLogList(item(`${first}${lines}\n`));
    expect(logs.map(({ origin }) => origin)).toEqual(['other.example/tree']);
    expect(skipped).toMatchObject([{ line: 5 }]);
  });

  it('comes out as it was written, whatever is between the lines', () => {
    const word = fc.stringMatching(/^[a-z0-9@:/.-]{1,20}$/);
    const listed = fc.record({
      index: fc.integer({ min: 0, max: 5 }),
      origin: fc.option(
        word.filter((text) => text !== 'none'),
        { nil: undefined },
      ),
      queriesPerDay: fc.integer({ min: 1, max: 1e9 }),
      contact: fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' ')),
    });
    const filler = fc.constantFrom('', '\n', '# a comment\n', ' \n');
    const keys = Array.from(
      { length: 6 },
      (_, i) => testKey(`log-${i}.example`, 1, 10 + i).verifier,
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(listed, {
          selector: ({ index, origin }) => origin ?? keys[index]!.name,
          maxLength: 6,
        }),
        filler,
        (entries, between) => {
          const lines = entries.map(({ index, origin, queriesPerDay, contact }) =>
            [
              `vkey ${keys[index]!.text}`,
              ...(origin === undefined ? [] : [`origin ${origin}`]),
              `qpd ${queriesPerDay}`,
              `contact ${contact}`,
            ]
              .map((line) => `${line}\n${between}`)
              .join(''),
          );
          const { logs, skipped } = parseLogList(`logs/v0\n${between}${lines.join('')}`);
          expect(skipped).toEqual([]);
          expect(logs).toEqual(
            entries.map(({ index, origin, ...rest }) => {
              return { origin: origin ?? keys[index]!.name, key: keys[index], ...rest };
            }),
          );
        },
      ),
    );
  });

  it('throws nothing but its typed error, whatever the text', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('logs/v0', `vkey ${log.text}`, 'origin x', 'qpd 5', 'contact y', '#', ''),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), fc.boolean(), (lines, isHeaded) => {
        const text = [...(isHeaded ? ['logs/v0'] : []), ...lines].join('\n');
        try {
          parseLogList(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });
});
