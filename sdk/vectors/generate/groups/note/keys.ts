/** Verifier keys, docs/spec/log.md section 3. */
import { bytes, concat, encodeBase64, fill, flipBit, fromHex, hex } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import {
  ECDSA_TYPE,
  ISSUER,
  keyId,
  keyText,
  LOG,
  LOG_TYPE,
  logKey,
  ML_DSA_TYPE,
  OTHER_LOG,
  W1,
  WITNESS_TYPE,
} from '../../keys.ts';
import { note, signed } from '../../notes.ts';
import { EC, encoded, GOOD, ID, id, NAMES, name, opened, P256, refused, TEXT } from './ask.ts';

const KEY =
  'verifier.md, section 5: bad-key is a text that is not a verifier key of type 0x01 or 0x02.';

export const badKeyCases: Case[] = (
  [
    ['an empty text', KEY, ''],
    ['a name only', KEY, 'log.example'],
    ['a name and an ID', KEY, `${name}+${id}`],
    ['a key of a witness', KEY, W1.text],
    ['a key of type 0x06', KEY, keyText('x', ML_DSA_TYPE, fill(1312, 1))],
    ['a key of type 0x03', KEY, keyText('x', 3, ISSUER.publicKey)],
    ['a key of type 0xFF', KEY, keyText('x', 255, ISSUER.publicKey)],
    ['a key without a type', KEY, `x+00000000+`],
    [
      'a signing key',
      KEY,
      `PRIVATE+KEY+${name}+${id}+${encodeBase64(concat(bytes(1), fill(32, 2)))}`,
    ],
    ['an ID of another key', ID, `${name}+${hex(OTHER_LOG.id)}+${encoded}`],
    ['an ID in capitals', ID, `${name}+${id.toUpperCase()}+${encoded}`],
    ['an ID of six digits', ID, `${name}+${id.slice(0, 6)}+${encoded}`],
    ['an ID of ten digits', ID, `${name}+${id}00+${encoded}`],
    ['an ID of another name', ID, `x+${id}+${encoded}`],
    [
      'an ECDSA key with an ID of name, type and key',
      `${ID} Of ECDSA keys it is of the key alone.`,
      keyText('x', ECDSA_TYPE, P256.publicKey, keyId('x', 0, P256.publicKey)),
    ],
    ['base64 without padding', KEY, LOG.text.replace(/=*$/, '').slice(0, -1)],
    ['base64 and a newline', KEY, `${LOG.text}\n`],
    ['base64 and a space', KEY, `${LOG.text} `],
    ['a space before the name', KEY, ` ${LOG.text}`],
    ['base64 with padding too much', KEY, `${LOG.text}=`],
    ['a key of 31 bytes', KEY, keyText('x', LOG_TYPE, ISSUER.publicKey.slice(0, 31))],
    ['a key of 33 bytes', KEY, keyText('x', LOG_TYPE, concat(ISSUER.publicKey, bytes(0)))],
    [
      'a key of small order',
      'log.md, section 3: a key of type 0x01 passes the byte checks of receipt.md, section 6.2.',
      keyText('x', LOG_TYPE, bytes(1, ...fill(31, 0))),
    ],
    [
      'a key with y = p + 3',
      'log.md, section 3: a key of type 0x01 passes the byte checks of receipt.md, section 6.2.',
      keyText('x', LOG_TYPE, fromHex(`f0${'ff'.repeat(30)}7f`)),
    ],
    ['an ECDSA key that is no DER', EC, keyText('x', ECDSA_TYPE, P256.publicKey.slice(1))],
    [
      'an ECDSA key with a byte after it',
      EC,
      keyText('x', ECDSA_TYPE, concat(P256.publicKey, bytes(0))),
    ],
    [
      'an ECDSA key with a compressed point',
      EC,
      keyText(
        'x',
        ECDSA_TYPE,
        concat(
          fromHex('3039301306072a8648ce3d020106082a8648ce3d030107032200'),
          bytes(2 + (P256.publicKey.at(-1)! & 1)),
          P256.publicKey.slice(-64, -32),
        ),
      ),
    ],
    ['an empty name', NAMES, keyText('', LOG_TYPE, ISSUER.publicKey)],
    ['a name of 256 bytes', NAMES, keyText('x'.repeat(256), LOG_TYPE, ISSUER.publicKey)],
    ['a name with a space', NAMES, keyText('a b', LOG_TYPE, ISSUER.publicKey)],
    ['a name with a newline', NAMES, keyText('a\nb', LOG_TYPE, ISSUER.publicKey)],
    ['a name with U+00A0', NAMES, keyText('a\u00a0b', LOG_TYPE, ISSUER.publicKey)],
    ['a name with U+2028', NAMES, keyText('a\u2028b', LOG_TYPE, ISSUER.publicKey)],
    ['a name with U+0085', NAMES, keyText('a\u0085b', LOG_TYPE, ISSUER.publicKey)],
    ['a name with U+0000', NAMES, keyText('a\u0000b', LOG_TYPE, ISSUER.publicKey)],
    ['a name with U+001C', NAMES, keyText('a\u001cb', LOG_TYPE, ISSUER.publicKey)],
  ] as const
).map(([which, why, text]) => refused(`keys: ${which}`, why, 'bad-key', GOOD, [text]));

badKeyCases.push(
  refused('keys: a good one and a bad one', KEY, 'bad-key', GOOD, [LOG.text, 'x']),
  refused(
    'keys: a bad one and a malformed note',
    'verifier.md, section 5: bad-key comes before malformed.',
    'bad-key',
    '',
    ['x'],
  ),
  refused(
    'keys: a key that is no point of the curve',
    'log.md, section 3: a key passes byte checks only, and nothing ever verifies by it.',
    'untrusted',
    GOOD,
    [keyText('x', LOG_TYPE, bytes(2, ...fill(31, 0)))],
  ),
  refused(
    'keys: an ECDSA key that is no point of the curve',
    'log.md, section 3: the DER is looked at, and nothing ever verifies by the key.',
    'untrusted',
    GOOD,
    [keyText('x', ECDSA_TYPE, flipBit(P256.publicKey, 91 * 8 - 1))],
  ),
);

for (const keyName of ['a\ufeffb', 'a\u007fb', 'x'.repeat(255), '\u{1f600}', '\u2014', 'PRIVATE']) {
  const key = logKey(keyName, 10);
  const shown = keyName.length > 20 ? 'of 255 bytes' : JSON.stringify(keyName);
  badKeyCases.push(
    opened(`a key with the name ${shown}`, NAMES, note(TEXT, signed(key, TEXT)), TEXT, [key]),
  );
}

const wrongType = keyText(LOG.name, WITNESS_TYPE, LOG.publicKey);

badKeyCases.push(
  refused('keys: the key of the log as that of a witness', KEY, 'bad-key', GOOD, [wrongType]),
);
