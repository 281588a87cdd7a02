/**
 * Talking to a witness (C2SP tlog-witness): offering it a checkpoint, asking it to
 * cosign a subtree, and what it last cosigned.
 *
 * Answers are parsed, not believed: the caller verifies every signature that comes back.
 */
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { MAX_NOTE_BYTES, type NoteSignature, parseSignatureLines } from '#protocol/note/note.ts';
import {
  type AddCheckpointRequest,
  formatAddCheckpoint,
  parseSizeAnswer,
  witnessCheckpointPath,
} from '#protocol/witness/add-checkpoint.ts';
import { formatSignSubtree, type SignSubtreeRequest } from '#protocol/witness/sign-subtree.ts';
import { type HttpOptions, isOk, RemoteError, send, statusError, urlPrefix } from './http.ts';

export type AddCheckpointAnswer =
  | { readonly kind: 'cosigned'; readonly signatures: readonly NoteSignature[] }
  /** 409: the last size that the witness cosigned is not the `oldSize` of the request. */
  | { readonly kind: 'other-size'; readonly size: number };

export class WitnessClient {
  readonly url: string;
  readonly #options: HttpOptions;

  constructor(url: string, options: HttpOptions = {}) {
    this.url = urlPrefix(url);
    this.#options = { maxBytes: MAX_NOTE_BYTES, ...options };
  }

  /** Throws `RemoteError`; an answer that is not of the protocol is one of kind 'bad-content'. */
  async addCheckpoint(request: AddCheckpointRequest): Promise<AddCheckpointAnswer> {
    const url = `${this.url}/add-checkpoint`;
    const init = { method: 'POST', body: formatAddCheckpoint(request) };
    const isAnswer = (status: number): boolean => isOk(status) || status === 409;
    const answer = await send(url, init, this.#options, isAnswer);
    if (!isAnswer(answer.status)) throw statusError(url, answer);
    return this.#parse(url, () => {
      const body = decodeUtf8(answer.body);
      return answer.status === 200
        ? { kind: 'cosigned', signatures: parseSignatureLines(body) }
        : { kind: 'other-size', size: parseSizeAnswer(body) };
    });
  }

  /**
   * Cosignatures of a subtree of a tree that the witness has cosigned. Throws `RemoteError`. They are
   * the caller's to verify: `verifySubtreeCosignature`.
   */
  async signSubtree(request: SignSubtreeRequest): Promise<readonly NoteSignature[]> {
    const url = `${this.url}/sign-subtree`;
    const init = { method: 'POST', body: formatSignSubtree(request) };
    const answer = await send(url, init, this.#options, isOk);
    if (answer.status !== 200) throw statusError(url, answer);
    return this.#parse(url, () => parseSignatureLines(decodeUtf8(answer.body)));
  }

  /** The last checkpoint that the witness cosigned for a log, or undefined if it has none. */
  async checkpoint(origin: string): Promise<string | undefined> {
    const url = `${this.url}/${witnessCheckpointPath(origin)}`;
    const answer = await send(url, { method: 'GET' }, this.#options, isOk);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw statusError(url, answer);
    return this.#parse(url, () => decodeUtf8(answer.body));
  }

  #parse<T>(url: string, parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      throw new RemoteError('bad-content', url, error.message);
    }
  }
}
