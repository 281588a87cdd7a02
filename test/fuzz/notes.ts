/** Requests for notes, checkpoints, policies and offline proofs. */
import { concatBytes, encodeUtf8, fromHex } from '#protocol/bytes.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { nastyText } from './bytes.ts';
import { perhapsDamaged, randomNote, randomTree, withSpareBits } from './checkpoints.ts';
import { type FuzzKey, isSlow, LOG_KEYS, STRANGERS, WITNESS_KEYS } from './keys.ts';
import { anyPolicy } from './policies.ts';
import { randomProof } from './proofs.ts';
import type { Random } from './random.ts';
import { base64, type Request } from './request.ts';
import { randomHash } from './trees.ts';

/** Those that sign the text of a note as it is. */
const NOTE_KEYS = [...LOG_KEYS, ...STRANGERS].filter(
  ({ verifier }) => verifier.type === KEY_TYPES.ed25519 || verifier.type === KEY_TYPES.ecdsa,
);

/** A text of any lines, signed by keys that sign texts. */
export function noteRequest(random: Random): Request {
  const text = randomNoteText(random);
  const signing = NOTE_KEYS.filter((key) => random.chance(isSlow(key) ? 0.04 : 0.4));
  const lines = signing.map((key) => noteLine(random, key, text));
  if (random.chance(0.15)) lines.push(random.pick(lines) ?? '\u2014 x AAAAAAA=\n');
  const note = `${text}\n${lines.join('')}`;
  return {
    op: 'note',
    note: base64(perhapsDamaged(random, note, 0.12)),
    keys: keyTexts(random, NOTE_KEYS),
  };
}

function randomNoteText(random: Random): string {
  const lines = Array.from({ length: random.between(0, 4) }, () =>
    random.weighed([
      [4, 'a line'],
      [1, ''],
      [1, nastyText(random)],
      [1, '\u2014 log.example/2025 AAAAAAA='],
    ]),
  );
  return `${lines.join('\n')}\n`;
}

function noteLine(random: Random, { verifier, sign }: FuzzKey, text: string): string {
  const signature = sign(encodeUtf8(random.chance(0.05) ? `${text}\n` : text));
  const bytes = concatBytes(fromHex(verifier.id, 4), signature);
  const encoded = random.chance(0.05) ? withSpareBits(random, bytes) : base64(bytes);
  return `\u2014 ${verifier.name} ${encoded}\n`;
}

/** Texts of verifier keys, in any order, now and then one that is wrong or twice there. */
function keyTexts(random: Random, keys: readonly FuzzKey[], chance = 0.6): string[] {
  const texts = random.shuffled(random.some(keys, chance)).map(({ verifier }) => verifier.text);
  if (random.chance(0.05)) texts.push(random.pick(keys).verifier.text);
  if (random.chance(0.05)) texts.push(oddKey(random));
  return texts;
}

function oddKey(random: Random): string {
  const { text, name, id } = random.pick([...LOG_KEYS, ...WITNESS_KEYS]).verifier;
  return random.pick([
    text,
    '',
    `${text}\n`,
    ` ${text}`,
    text.replace(id, id.toUpperCase()),
    text.replace(id, '00000000'),
    `${nastyText(random)}${text}`,
    text.replace(name, nastyText(random)),
    text.slice(0, -1),
    `${text}=`,
    `${name}+${id}`,
    text.replace(/.=*$/, 'B='),
  ]);
}

export function checkpointRequest(random: Random): Request {
  const { note, log } = randomNote(random, randomTree(random));
  const keys = random.chance(0.7)
    ? [log.verifier.text, ...keyTexts(random, LOG_KEYS, 0.2)]
    : keyTexts(random, random.chance(0.9) ? LOG_KEYS : WITNESS_KEYS);
  return {
    op: 'checkpoint',
    note: base64(perhapsDamaged(random, note, 0.08)),
    origin: random.chance(0.05) ? nastyText(random) : log.verifier.name,
    keys,
    ...(random.chance(0.8) && {
      witness_keys: keyTexts(random, random.chance(0.95) ? WITNESS_KEYS : LOG_KEYS),
    }),
  };
}

export function policyRequest(random: Random): Request {
  return { op: 'policy', policy: base64(anyPolicy(random, 0.6)) };
}

export function proofRequest(random: Random): Request {
  const leaf = randomHash(random);
  return {
    op: 'proof',
    proof: base64(randomProof(random, leaf)),
    leaf: base64(random.chance(0.03) ? randomHash(random) : leaf),
    policy: base64(anyPolicy(random, 0.03)),
  };
}
