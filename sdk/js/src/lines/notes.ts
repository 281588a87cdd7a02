/** `note` and `checkpoint` (docs/spec/verifier.md, section 5). */
import { encodeBase64 } from '#protocol/base64.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import type { JsonObject } from '#protocol/json/canonical.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { openCheckpoint, openNote, parseVerifierKey } from '../notes.ts';
import { asBytes, asText, asTexts, orRefuse, type Request } from './request.ts';

const textOf = (key: VerifierKey): string => key.text;

export function answerNote(request: Request): JsonObject {
  const note = asBytes(request.note);
  const keys = asTexts(request.keys);
  const { text, verified } = orRefuse(() => openNote(note, keys.map(parseVerifierKey)));
  return { text: encodeBase64(encodeUtf8(text)), verified: verified.map(textOf) };
}

export function answerCheckpoint(request: Request): JsonObject {
  const note = asBytes(request.note);
  const origin = asText(request.origin);
  const keys = asTexts(request.keys);
  const witnessKeys = request.witness_keys === undefined ? [] : asTexts(request.witness_keys);
  const opened = orRefuse(() =>
    openCheckpoint(note, {
      origin,
      keys: keys.map(parseVerifierKey),
      witnessKeys: witnessKeys.map(parseVerifierKey),
    }),
  );
  return {
    origin,
    size: opened.size,
    root: encodeBase64(opened.root),
    extensions: [...opened.extensions],
    verified: opened.verified.map(textOf),
    cosignatures: opened.cosignatures.map(({ key, time }) => ({ key: key.text, time })),
  };
}
