/** Who a log is, and keys that are none, docs/spec/log.md section 4. */
import { BAD_LOG_KEYS, BAD_WITNESS_KEYS } from '../../bad-keys.ts';
import { fill } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { LOG, logKey, type NoteKey, OTHER_LOG, P256, W1 } from '../../keys.ts';
import { checkpointText, cosigned, line, note, signed } from '../../notes.ts';
import { byLog, FORGED, opened, ROOT, refused, SECONDS, TEXT, TREE } from './ask.ts';

const GO_SUM = logKey('sum.example', 10);

const NEW = logKey('log.example/new-key', 11);

const others = { ...TREE, origin: 'go.sum database tree' };

const spaced = checkpointText(others);

const ACCENTED_TEXT = checkpointText({ ...TREE, origin: '\u00e9' });

const ORIGINS =
  'log.md, section 4: a checkpoint is a log\u2019s own if its origin is the log\u2019s and at least one of its keys has signed it, whatever the name of the key.';

const BOTH = `${ORIGINS} Two while it changes its key.`;

const UNTRUSTED =
  'verifier.md, section 5: untrusted is another origin, or no line by one of keys; it comes before bad-signature.';

export const logCases: Case[] = [
  opened('an origin with spaces', ORIGINS, note(spaced, signed(GO_SUM, spaced)), {
    tree: others,
    keys: [GO_SUM],
    verified: [GO_SUM],
  }),
  opened('two keys that have both signed', BOTH, note(TEXT, signed(NEW, TEXT), signed(LOG, TEXT)), {
    keys: [LOG, NEW],
    verified: [LOG, NEW],
  }),
  opened('two keys of which one has signed', BOTH, byLog(TEXT), { keys: [NEW, LOG] }),
  opened(
    'a line by a key that is not asked for',
    'log.md, section 3: signatures by unknown keys are ignored.',
    byLog(TEXT, line(NEW.name, NEW.id, fill(64, 1))),
  ),
  opened(
    'the line of the log twice',
    'log.md, section 3: the same line more than once counts as one.',
    byLog(TEXT, signed(LOG, TEXT)),
  ),
  refused('another origin', UNTRUSTED, 'untrusted', byLog(TEXT), { origin: 'log.example/2026' }),
  refused(
    'an origin that is the same once normalised',
    UNTRUSTED,
    'untrusted',
    note(ACCENTED_TEXT, signed(LOG, ACCENTED_TEXT)),
    { origin: 'e\u0301' },
  ),
  refused('an origin with a space at its end', UNTRUSTED, 'untrusted', byLog(TEXT), {
    origin: `${LOG.name} `,
  }),
  refused('an origin in capitals', UNTRUSTED, 'untrusted', byLog(TEXT), {
    origin: LOG.name.toUpperCase(),
  }),
  ...[' ', 'a b ', '\u2028', '\u0085', '\u007f', '+', '\u2014 x AAAAAAA=', '\ufeff', '5'].map(
    (origin) => {
      const tree = { ...TREE, origin };
      const content = checkpointText(tree);
      return opened(
        `the origin ${JSON.stringify(origin)}`,
        'log.md, sections 3 and 4: an origin is at least one character of any that a note holds.',
        note(content, signed(LOG, content)),
        { tree },
      );
    },
  ),
  refused('an origin that is empty', UNTRUSTED, 'untrusted', byLog(TEXT), { origin: '' }),
  refused('an origin with a newline', UNTRUSTED, 'untrusted', byLog(TEXT), {
    origin: `${LOG.name}\n`,
  }),
  refused(
    'another origin and a forged line',
    UNTRUSTED,
    'untrusted',
    note(TEXT, line(LOG.name, LOG.id, fill(64, 1))),
    { origin: 'x' },
  ),
  refused('no keys', UNTRUSTED, 'untrusted', byLog(TEXT), { keys: [] }),
  refused('a key that has not signed', UNTRUSTED, 'untrusted', byLog(TEXT), { keys: [NEW] }),
  refused(
    'no line of the log and a forged cosignature',
    UNTRUSTED,
    'untrusted',
    note(TEXT, line(W1.name, W1.id, fill(72, 1))),
    { witnesses: [W1] },
  ),
  refused(
    'no line of the log and a good cosignature',
    UNTRUSTED,
    'untrusted',
    note(TEXT, cosigned(W1, TREE, SECONDS)),
    { witnesses: [W1] },
  ),
  refused(
    'a forged line of the log',
    FORGED,
    'bad-signature',
    note(TEXT, line(LOG.name, LOG.id, fill(64, 1))),
  ),
  refused(
    'a forged line by the second of two keys',
    FORGED,
    'bad-signature',
    byLog(TEXT, line(NEW.name, NEW.id, fill(64, 1))),
    { keys: [LOG, NEW] },
  ),
  refused(
    'a malformed checkpoint and another origin',
    'verifier.md, section 5: malformed comes before untrusted.',
    'malformed',
    byLog(`${LOG.name}\n05\n${ROOT}\n`),
    { origin: 'x' },
  ),
];

const KEY =
  'verifier.md, section 5: bad-key is one of keys that no log signs with, or one of witness_keys that no witness cosigns with.';

export const badKeyCases: Case[] = [
  ...(
    [
      ['a key of a witness as the log\u2019s', [W1], []],
      ['a key of the log as a witness\u2019s', [LOG], [OTHER_LOG]],
      ['an ECDSA key as a witness\u2019s', [LOG], [P256]],
      ['a text that is no key', ['x'], []],
      ['a text that is no key as a witness\u2019s', [LOG], ['x']],
      ['a good key and a bad one', [LOG, 'x'], []],
    ] as readonly [string, readonly (NoteKey | string)[], readonly (NoteKey | string)[]][]
  ).map(([name, keys, witnesses]) =>
    refused(`keys: ${name}`, KEY, 'bad-key', byLog(TEXT), { keys, witnesses }),
  ),
  ...BAD_LOG_KEYS.map(([which, why, text]) =>
    refused(`keys: ${which}`, why, 'bad-key', byLog(TEXT), { keys: [text] }),
  ),
  ...BAD_WITNESS_KEYS.map(([which, why, text]) =>
    refused(`witness keys: ${which}`, why, 'bad-key', byLog(TEXT), { witnesses: [text] }),
  ),
  refused(
    'keys: a bad one and a malformed note',
    'verifier.md, section 5: bad-key comes before malformed.',
    'bad-key',
    '',
    { keys: ['x'] },
  ),
];
