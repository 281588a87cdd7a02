/**
 * The request handler of `--lines` (docs/spec/verifier.md, section 2): a line in, a line out.
 *
 * Pure: it opens nothing, keeps nothing and reads no clock. Which crypto provider stands behind `#crypto` makes
 * no difference to an answer.
 */
import { decodeUtf8, encodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import {
  canonicalize,
  isJsonObject,
  type JsonObject,
  parseJson,
} from '#protocol/json/canonical.ts';
import { answerCreate } from './create.ts';
import { answerCheckpoint, answerNote } from './notes.ts';
import { answerPolicy, answerProof } from './policies.ts';
import {
  answerCanonical,
  answerConsistency,
  answerEcdsa,
  answerEd25519,
  answerInclusion,
  answerLeafHash,
  answerMlDsa44,
} from './primitives.ts';
import { asText, badRequest, Refusal, type Request } from './request.ts';
import { answerShards } from './shards.ts';
import { answerVerify } from './verdict.ts';

const OPERATIONS: ReadonlyMap<string, (request: Request) => JsonObject> = new Map([
  ['verify', answerVerify],
  ['create', answerCreate],
  ['canonical', answerCanonical],
  ['leaf-hash', answerLeafHash],
  ['ed25519', answerEd25519],
  ['ml-dsa-44', answerMlDsa44],
  ['ecdsa', answerEcdsa],
  ['inclusion', answerInclusion],
  ['consistency', answerConsistency],
  ['note', answerNote],
  ['checkpoint', answerCheckpoint],
  ['policy', answerPolicy],
  ['proof', answerProof],
  ['shards', answerShards],
]);

/** More than any line that is answered. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;
/** Answers are no longer than what they are about by more than their base64. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** The answer to one request, in canonical JSON without a newline, whatever the request is. */
export function answerLine(request: string): string {
  return decodeUtf8(canonicalize(answerOf(request), MAX_ANSWER_BYTES));
}

function answerOf(line: string): JsonObject {
  try {
    const request = parseRequest(line);
    const operation = OPERATIONS.get(request.op === undefined ? 'verify' : asText(request.op));
    if (operation === undefined) throw badRequest();
    return operation(request);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

function parseRequest(line: string): Request {
  const request = parseOrUndefined(line);
  if (isJsonObject(request)) return request;
  throw badRequest();
}

/**
 * V8 13.6 may take a member's name with an escape for one that was parsed before, so our own parser goes first
 * where there are any. It refuses what is no canonical value, such as a fraction, which a request may hold.
 */
function parseOrUndefined(line: string): unknown {
  try {
    return line.includes('\\') ? parseEscaped(line) : JSON.parse(line);
  } catch {
    return undefined;
  }
}

function parseEscaped(line: string): unknown {
  try {
    return parseJson(encodeUtf8(line), MAX_REQUEST_BYTES);
  } catch (error) {
    if (error instanceof ProtocolError) return JSON.parse(line);
    throw error;
  }
}
