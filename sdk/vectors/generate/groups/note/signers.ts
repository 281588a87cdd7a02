/** Lines by known and by unknown keys, docs/spec/log.md section 3. */
import { bytes, concat, fill, flipBit, utf8, withSpareBits } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { IDENTITY, plusGroupOrder, signWith } from '../../ed25519.ts';
import { ecdsaKey, LOG, logKey, OTHER_LOG, P256, seed, UNKNOWN } from '../../keys.ts';
import { line, note, signed } from '../../notes.ts';
import { EC, GOOD, opened, refused, TEXT } from './ask.ts';

const KNOWN =
  'log.md, section 3: a line with the name and key ID of a known key that does not verify makes the whole note bad.';

const bySame = (sig: Uint8Array, name = LOG.name, id = LOG.id) => line(name, id, sig);

const SIG = LOG.sign(utf8(TEXT));

const SECOND = logKey('second.example', 10);

const ACCENTED = logKey('\u00e9', 10);

const loose = withSpareBits(signed(LOG, TEXT));

const STRICT =
  'log.md, section 1, rule 6: Ed25519 signatures get the strict verdict of receipt.md, section 6.2.';

export const keyCases: Case[] = [
  opened(
    'two keys that have both signed',
    'verifier.md, section 5: verified are those of the keys that have signed, in their order.',
    note(TEXT, signed(OTHER_LOG, TEXT), signed(LOG, TEXT)),
    TEXT,
    [LOG, OTHER_LOG],
  ),
  opened(
    'the same in the other order',
    'verifier.md, section 5: verified are those of the keys that have signed, in their order.',
    note(TEXT, signed(OTHER_LOG, TEXT), signed(LOG, TEXT)),
    TEXT,
    [OTHER_LOG, LOG],
  ),
  opened(
    'a key that is given twice',
    'verifier.md, section 5: verified are those of the keys that have signed, in their order.',
    GOOD,
    TEXT,
    [LOG, LOG],
  ),
  opened(
    'two keys of which one has signed',
    'verifier.md, section 5: verified are those of the keys that have signed.',
    GOOD,
    TEXT,
    [LOG],
    [OTHER_LOG, LOG, SECOND],
  ),
  opened(
    'a line by an unknown key',
    'log.md, section 3: signatures by unknown keys are ignored.',
    note(TEXT, line(UNKNOWN.name, UNKNOWN.id, fill(72, 1)), signed(LOG, TEXT)),
  ),
  opened(
    'the same line twice',
    'log.md, section 3: the same line more than once counts as one.',
    note(TEXT, signed(LOG, TEXT), signed(LOG, TEXT)),
  ),
  opened(
    'a known name with another key ID',
    'log.md, section 3: a line is by a known key if name and key ID are its own.',
    GOOD + line(LOG.name, OTHER_LOG.id, fill(64, 1)),
  ),
  opened(
    'a known key ID with another name',
    'log.md, section 3: a line is by a known key if name and key ID are its own.',
    GOOD + line('log.example/2026', LOG.id, fill(64, 1)),
  ),
  opened(
    'a name that is the known one once normalised',
    'log.md, section 3: names are compared as they are.',
    note(TEXT, signed(ACCENTED, TEXT), line('e\u0301', ACCENTED.id, fill(64, 1))),
    TEXT,
    [ACCENTED],
  ),
  opened(
    'a known name in capitals',
    'log.md, section 3: names are compared as they are.',
    GOOD + line('LOG.example/2025', LOG.id, fill(64, 1)),
  ),
  refused(
    'no keys',
    'verifier.md, section 5: untrusted is a note without a line by one of the keys.',
    'untrusted',
    GOOD,
    [],
  ),
  refused(
    'a key that has not signed',
    'verifier.md, section 5: untrusted is a note without a line by one of the keys.',
    'untrusted',
    GOOD,
    [OTHER_LOG.text],
  ),
  refused(
    'a key of the same name that has not signed',
    'verifier.md, section 5: untrusted is a note without a line by one of the keys.',
    'untrusted',
    GOOD,
    [logKey(LOG.name, 10).text],
  ),
  refused(
    'a signature of another text',
    KNOWN,
    'bad-signature',
    note(TEXT, signed(LOG, 'other text\n')),
  ),
  refused(
    'a signature of the text without its newline',
    KNOWN,
    'bad-signature',
    note(TEXT, bySame(LOG.sign(utf8(TEXT.trimEnd())))),
  ),
  refused(
    'a signature of the text with the empty line',
    KNOWN,
    'bad-signature',
    note(TEXT, bySame(LOG.sign(utf8(`${TEXT}\n`)))),
  ),
  refused(
    'a signature with a bit turned over',
    KNOWN,
    'bad-signature',
    note(TEXT, bySame(flipBit(SIG, 9))),
  ),
  refused(
    'a signature by another key under this ID',
    KNOWN,
    'bad-signature',
    note(TEXT, bySame(OTHER_LOG.sign(utf8(TEXT)))),
  ),
  refused('a signature of 63 bytes', KNOWN, 'bad-signature', note(TEXT, bySame(SIG.slice(0, 63)))),
  refused(
    'a signature of 65 bytes',
    KNOWN,
    'bad-signature',
    note(TEXT, bySame(concat(SIG, bytes(0)))),
  ),
  refused('a signature of one byte', KNOWN, 'bad-signature', note(TEXT, bySame(bytes(0)))),
  refused('a good line and then a forged one', KNOWN, 'bad-signature', GOOD + bySame(fill(64, 1))),
  refused(
    'a forged line and then a good one',
    KNOWN,
    'bad-signature',
    note(TEXT, bySame(fill(64, 1)), signed(LOG, TEXT)),
  ),
  refused(
    'a good line by one key and a forged one by another',
    KNOWN,
    'bad-signature',
    GOOD + line(OTHER_LOG.name, OTHER_LOG.id, fill(64, 1)),
    [LOG.text, OTHER_LOG.text],
  ),
  refused(
    'a good line whose spare bits are not zero',
    'log.md, section 3: spare bits that are not zero make a line by a known key bad.',
    'bad-signature',
    note(TEXT, loose),
  ),
  refused(
    'a good line, and the same with spare bits that are not zero',
    'log.md, section 3: spare bits that are not zero make a line by a known key bad.',
    'bad-signature',
    note(TEXT, signed(LOG, TEXT), loose),
  ),
  refused(
    'a signature with S + L, by which the equation holds',
    STRICT,
    'bad-signature',
    note(TEXT, bySame(plusGroupOrder(SIG))),
  ),
  refused(
    'a signature with R the identity, and the equation holds',
    STRICT,
    'bad-signature',
    note(TEXT, bySame(signWith(0n, IDENTITY, seed(2), LOG.publicKey, utf8(TEXT)))),
  ),
  refused(
    'a forged line and a malformed one',
    'verifier.md, section 5: malformed comes before bad-signature.',
    'malformed',
    note(TEXT, bySame(fill(64, 1)), 'garbage\n'),
  ),
  refused(
    'no known key and a malformed line',
    'verifier.md, section 5: malformed comes before untrusted.',
    'malformed',
    `${GOOD}garbage\n`,
    [],
  ),
];

const P384 = ecdsaKey('ecdsa.example', 'P-384', 5);

const P521 = ecdsaKey('ecdsa.example', 'P-521', 5);

export const ecdsaCases: Case[] = [
  ...[P256, P384, P521].map((key, i) =>
    opened(`a key of ${['P-256', 'P-384', 'P-521'][i]}`, EC, note(TEXT, signed(key, TEXT)), TEXT, [
      key,
    ]),
  ),
  opened('keys of both types', EC, note(TEXT, signed(P256, TEXT), signed(LOG, TEXT)), TEXT, [
    LOG,
    P256,
  ]),
  opened(
    'the same ECDSA key under two names',
    `${EC} So both have one ID, and the name tells them apart.`,
    note(TEXT, signed(P256, TEXT), line('x', P256.id, fill(70, 1))),
    TEXT,
    [P256],
  ),
  refused(
    'an ECDSA signature of another text',
    EC,
    'bad-signature',
    note(TEXT, signed(P256, 'x\n')),
    [P256.text],
  ),
  refused(
    'an ECDSA signature with a byte after it',
    EC,
    'bad-signature',
    note(TEXT, line(P256.name, P256.id, concat(P256.sign(utf8(TEXT)), bytes(0)))),
    [P256.text],
  ),
  refused(
    'an ECDSA signature that is no DER',
    EC,
    'bad-signature',
    note(TEXT, line(P256.name, P256.id, fill(64, 1))),
    [P256.text],
  ),
];
