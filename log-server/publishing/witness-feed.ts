/**
 * One witness as the log sees it: offered each new checkpoint, brought up to date when it is behind.
 *
 * Nothing it answers is believed before its signatures verify. A witness that is ahead of us, or that
 * refuses our proof, is either lying or has seen a tree that this log has lost, or never signed: the
 * difference is whether it can show a checkpoint with our signature, and that is looked up at once.
 */
import { RemoteError } from '#client/http.ts';
import type { WitnessClient } from '#client/witness-client.ts';
import { equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import type { Hash } from '#protocol/merkle/hash.ts';
import { logOf, openCheckpoint } from '#protocol/note/checkpoint.ts';
import { type Cosignature, findCosignatures } from '#protocol/note/cosignature.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { parseNote } from '#protocol/note/note.ts';
import type { PolicyWitness } from '#protocol/policy/policy.ts';
import type { SignedHead } from '../store/store.ts';

export type WitnessFaultKind =
  | 'unreachable' // no answer in time
  | 'refused' // an error answer
  | 'disagrees' // it says that our proof does not lead from its tree to ours
  | 'invalid' // an answer that is not of the protocol, or a signature that does not verify
  | 'ahead' // it claims to have cosigned a larger tree than the one offered
  | 'overtaken'; // somebody else has brought it a newer checkpoint of this log

export class WitnessFault extends Error {
  override readonly name = 'WitnessFault';
  readonly kind: WitnessFaultKind;

  constructor(kind: WitnessFaultKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** A witness proved, with our own signature, that we signed a tree of which we do not know that. */
export class LostTreeError extends Error {
  override readonly name = 'LostTreeError';
}

export interface WitnessFeedOptions {
  readonly client: WitnessClient;
  /** The policy's keys that sign at this URL: one witness may have a key of each kind. */
  readonly witnesses: readonly PolicyWitness[];
  readonly logKey: VerifierKey;
  readonly prove: (oldSize: number, newSize: number) => Promise<Hash[]>;
  /** Root of the first `size` leaves of our durable tree; undefined where it is not that large. */
  readonly rootAt: (size: number) => Promise<Hash | undefined>;
  /** Leaves under the checkpoint that is on record as signed last. */
  readonly signedSize: () => number;
}

/** A cosignature, with the policy's name for the key that made it. */
export type NamedCosignature = Cosignature & { readonly witness: string };

/** Requests for one checkpoint: the offer, one after learning the size, one if that has moved on. */
const MAX_OFFERS = 3;
/** The witness says that our proof does not lead from its tree to ours. */
const CONFLICT_STATUS = 422;

export class WitnessFeed {
  readonly #options: WitnessFeedOptions;
  /** Size that the witness last cosigned, as far as we know. Owned by `#offer`. */
  #size = 0;
  /** The offer in progress; the next one waits for it, so that offers never overtake each other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: WitnessFeedOptions) {
    this.#options = options;
  }

  get url(): string {
    return this.#options.client.url;
  }

  /** The policy's names of the keys behind this feed. */
  get names(): readonly string[] {
    return this.#options.witnesses.map(({ name }) => name);
  }

  /**
   * Verified cosignatures of a checkpoint, one for each key. Rejects with `WitnessFault`, or with
   * `LostTreeError`. Offers are made one after another; one whose `signal` is aborted while it
   * waits for its turn is not made.
   */
  cosign(head: SignedHead, signal: AbortSignal): Promise<NamedCosignature[]> {
    const turn = this.#last.then(async () => {
      signal.throwIfAborted();
      return await this.#offer(head);
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #offer(head: SignedHead): Promise<NamedCosignature[]> {
    try {
      for (let offer = 1; offer <= MAX_OFFERS; offer++) {
        const proof = await this.#options.prove(this.#size, head.size);
        const request = { oldSize: this.#size, proof, checkpoint: head.note };
        const answer = await this.#options.client.addCheckpoint(request);
        if (answer.kind === 'cosigned') {
          const cosignatures = this.#verify(head, answer.signatures);
          this.#size = head.size;
          return cosignatures;
        }
        if (answer.size > head.size) await this.#explainAhead(head, answer.size);
        this.#size = answer.size;
      }
      throw new WitnessFault('invalid', 'it names another size each time');
    } catch (error) {
      const isConflict = error instanceof RemoteError && error.status === CONFLICT_STATUS;
      if (!isConflict) throw asFault(error);
      await this.#checkShown().catch(throwIfLost);
      throw new WitnessFault('disagrees', error.message);
    }
  }

  #verify(head: SignedHead, signatures: Parameters<typeof findCosignatures>[0]['signatures']) {
    const { text } = parseNote(head.note);
    const { witnesses } = this.#options;
    const keys = witnesses.map(({ key }) => key);
    const found = findCosignatures({ text, signatures }, keys);
    return witnesses.map(({ name, key }): NamedCosignature => {
      const cosignature = found.find((candidate) => candidate.key === key);
      if (cosignature !== undefined) return { ...cosignature, witness: name };
      throw new WitnessFault('invalid', `no cosignature by its key ${key.name}+${key.id}`);
    });
  }

  /**
   * What the witness holds when it does not go along: throws `LostTreeError` if that is a checkpoint
   * with our signature that is not of our tree, or that we know nothing of. Returns its size, 0 if it is none of ours.
   *
   * Judged by the tree of this moment and not by the one offered: that may be long superseded, and
   * anybody may bring a witness the newest checkpoint.
   */
  async #checkShown(): Promise<number> {
    const { client, logKey, rootAt, signedSize } = this.#options;
    const note = await client.checkpoint(logKey.name);
    if (note === undefined) return 0;
    const { size, root } = openCheckpoint(note, logOf(logKey)).checkpoint;
    const own = await rootAt(size);
    const isOurs = own !== undefined && equalBytes(root, own);
    // A database that has lost the record of a signature may have lost entries that came after it, too.
    if (isOurs && size <= signedSize()) return size;
    const reason = isOurs
      ? `, and by this database size ${signedSize()} was signed last`
      : ' that is not of the tree in this database';
    throw new LostTreeError(
      `${client.url} holds a checkpoint of size ${size} with this log's signature${reason}. The ` +
        'database was rolled back, or someone else signs with this key',
    );
  }

  async #explainAhead(head: SignedHead, size: number): Promise<never> {
    const shown = await this.#checkShown();
    if (shown > head.size) {
      this.#size = shown;
      const detail = `it has cosigned size ${shown} of this log before size ${head.size} reached it`;
      throw new WitnessFault('overtaken', detail);
    }
    const detail = `it claims to have cosigned size ${size}, and shows size ${shown}; we offered ${head.size}`;
    throw new WitnessFault('ahead', detail);
  }
}

function throwIfLost(error: unknown): void {
  if (error instanceof LostTreeError) throw error;
}

function asFault(error: unknown): unknown {
  if (error instanceof ProtocolError) return new WitnessFault('invalid', error.message);
  if (!(error instanceof RemoteError)) return error;
  const kinds = {
    unreachable: 'unreachable',
    timeout: 'unreachable',
    status: 'refused',
    'too-large': 'invalid',
    'bad-content': 'invalid',
  } as const;
  return new WitnessFault(kinds[error.kind], error.message);
}
