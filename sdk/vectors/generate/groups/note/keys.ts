/** Verifier keys, docs/spec/log.md section 3. */
import { BAD_LOG_KEYS } from '../../bad-keys.ts';
import { flipBit, fromHex, utf8 } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { OFF_CURVE, signMixed } from '../../ed25519.ts';
import {
  ECDSA_TYPE,
  keyText,
  LOG,
  LOG_PQ,
  LOG_TYPE,
  logKey,
  mixedKey,
  P256,
  W1,
  WITNESS_TYPE,
} from '../../keys.ts';
import { line, note, signed } from '../../notes.ts';
import { GOOD, NAMES, opened, refused, TEXT } from './ask.ts';

const KEY =
  'verifier.md, section 5: bad-key is a text that is not a verifier key of type 0x01 or 0x02.';

const bad = (which: string, why: string, text: string) =>
  refused(`keys: ${which}`, why, 'bad-key', GOOD, [text]);

export const badKeyCases: Case[] = [
  ...BAD_LOG_KEYS.map(([which, why, text]) => bad(which, why, text)),
  bad('an empty text', KEY, ''),
  bad('base64 and a newline', KEY, `${LOG.text}\n`),
  bad('base64 and a space', KEY, `${LOG.text} `),
  bad('a space before the name', KEY, ` ${LOG.text}`),
  bad('a key of a witness', KEY, W1.text),
  bad('an ML-DSA-44 key', KEY, LOG_PQ.text),
  bad(
    'the key of the log as that of a witness',
    KEY,
    keyText(LOG.name, WITNESS_TYPE, LOG.publicKey),
  ),
  refused('keys: a good one and a bad one', KEY, 'bad-key', GOOD, [LOG.text, 'x']),
  refused(
    'keys: a bad one and a malformed note',
    'verifier.md, section 5: bad-key comes before malformed.',
    'bad-key',
    '',
    ['x'],
  ),
];

for (const keyName of ['a\ufeffb', 'a\u007fb', 'x'.repeat(255), '\u{1f600}', '\u2014', 'PRIVATE']) {
  const key = logKey(keyName, 10);
  const shown = keyName.length > 20 ? 'of 255 bytes' : JSON.stringify(keyName);
  badKeyCases.push(
    opened(`a key with the name ${shown}`, NAMES, note(TEXT, signed(key, TEXT)), TEXT, [key]),
  );
}

const CURVE =
  'log.md, section 3: whether a key is a point of its curve is left to its signatures, none of which verifies where it is not.';

/** Keys that are read, and no points of their curves; with a signature of the right length. */
const OFF_CURVES = [
  ['a key', LOG_TYPE, OFF_CURVE, LOG.sign(utf8(TEXT))],
  ['an ECDSA key', ECDSA_TYPE, flipBit(P256.publicKey, 91 * 8 - 1), P256.sign(utf8(TEXT))],
] as const;

for (const [which, type, publicKey, sig] of OFF_CURVES) {
  const text = keyText('x', type, publicKey);
  const id = fromHex(text.split('+')[1]!);
  badKeyCases.push(
    refused(`keys: ${which} that is no point of the curve`, CURVE, 'untrusted', GOOD, [text]),
    refused(
      `a line by ${which} that is no point of the curve`,
      CURVE,
      'bad-signature',
      note(TEXT, line('x', id, sig)),
      [text],
    ),
  );
}

const COFACTOR =
  'log.md, section 1, rule 6: Ed25519 signatures get the strict verdict of receipt.md, section 6.2: the cofactor is not multiplied in.';

const MIXED = mixedKey('mixed.example', LOG_TYPE);

badKeyCases.push(
  opened(
    'a key of mixed order whose signature holds by the equation',
    COFACTOR,
    note(TEXT, signed(MIXED, TEXT)),
    TEXT,
    [MIXED],
  ),
  refused(
    'a key of mixed order whose signature holds only with the cofactor',
    COFACTOR,
    'bad-signature',
    note(TEXT, line(MIXED.name, MIXED.id, signMixed(utf8(TEXT), false))),
    [MIXED.text],
  ),
);
