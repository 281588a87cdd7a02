/**
 * Copies what a log has published, as far as that can be verified, and shows it when all of it is here.
 *
 * Nothing is believed of the source. A checkpoint counts by the policy's keys and its quorum, and only where it
 * goes on from all that was copied before; each bundle counts when its tile is of the signed tree. What
 * contradicts the copy is never written over it.
 */
import { compareCheckpoints } from '#client/compare.ts';
import { RemoteError } from '#client/http.ts';
import type { TileSource } from '#client/tile-source.ts';
import { verifiedBundles } from '#client/verified-bundles.ts';
import { isSourceFailure, TileMismatchError, VerifiedTree } from '#client/verified-tree.ts';
import { equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { type Evidence, encodeEvidence, evidenceId } from '#protocol/evidence/evidence.ts';
import { treeRoot } from '#protocol/merkle/proof.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { openWithPolicy, type Policy } from '#protocol/policy/policy.ts';
import { describeFileError } from '#service/errors.ts';
import { type KnownTree, type MirrorCopy, MirrorError, type Target } from './copy.ts';
import { copySource } from './copy-source.ts';

export interface MirrorOptions {
  readonly copy: MirrorCopy;
  readonly policy: Policy;
  readonly onProgress?: (size: number, to: number) => void;
}

export interface Mirrored {
  readonly origin: string;
  /** Leaves that were shown before, and are now. */
  readonly from: number;
  readonly to: number;
}

export class Mirror {
  readonly #copy: MirrorCopy;
  readonly #policy: Policy;
  readonly #onProgress: (size: number, to: number) => void;
  /** Owned by `round`. */
  #shown: Target | undefined;

  /** Throws `MirrorError` for a copy of a log that the policy does not trust. */
  constructor({ copy, policy, onProgress = () => undefined }: MirrorOptions) {
    this.#copy = copy;
    this.#policy = policy;
    this.#onProgress = onProgress;
    this.#noteShown();
  }

  /** What readers are shown: it has its quorum. */
  get shown(): Target | undefined {
    return this.#shown;
  }

  /**
   * Brings the copy up to what the source shows now. Rejects with `MirrorError` for what must not be copied,
   * with what the copy fails with, or as the source does: then the next round goes on.
   */
  async round(source: TileSource): Promise<Mirrored> {
    this.#noteShown();
    const from = this.#shown?.checkpoint.size ?? 0;
    const note = await source.checkpoint();
    if (this.#shown?.note === note)
      return { origin: this.#shown.checkpoint.origin, from, to: from };
    const today = this.#open(note, 'The log');
    await this.#compareWithKnown(today, source);
    // What was begun towards another tree comes first.
    for (;;) {
      const next = this.#open(await this.#copy.begin(today), this.#copy.name);
      await this.#reach(next, source);
      await this.#copy.show(next);
      this.#shown = next;
      if (next.checkpoint.size >= today.checkpoint.size) break;
    }
    return { origin: today.checkpoint.origin, from, to: this.#shown!.checkpoint.size };
  }

  /** Of the copy as it is, which another mirror may have carried on. */
  #noteShown(): void {
    const { shown, name } = this.#copy;
    if (shown === this.#shown?.note) return;
    try {
      this.#shown = shown === undefined ? undefined : this.#open(shown, name);
    } catch (error) {
      // The policy asks for other witnesses than it did: it stays known, and is not shown.
      if (!(error instanceof MirrorError) || error.kind !== 'quorum') throw error;
      this.#shown = undefined;
    }
  }

  #open(note: string, who: string): Target {
    try {
      const { checkpoint, quorumMet, cosignatures } = openWithPolicy(note, this.#policy);
      if (quorumMet) return { note, checkpoint };
      const names = cosignatures.map(({ witness }) => witness).join(', ') || 'nobody';
      throw new MirrorError(
        'quorum',
        `${who} shows a checkpoint of size ${checkpoint.size} that is cosigned by ${names}, which is no quorum of the policy.`,
      );
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const what = 'no checkpoint of a log that the policy trusts';
      throw new MirrorError('untrusted', `${who} shows ${what}: ${error.message}.`);
    }
  }

  async #compareWithKnown(today: Target, source: TileSource): Promise<void> {
    const { size } = today.checkpoint;
    const known = await this.#copy.known();
    for (const tree of known) await this.#compare(tree, today, source);
    const largest = Math.max(0, ...known.map((tree) => tree.size));
    if (size >= largest) return;
    throw new MirrorError(
      'went-back',
      `The log shows a tree of size ${size}, less than the ${largest} that it has shown before.`,
    );
  }

  async #compare(known: KnownTree, today: Target, source: TileSource): Promise<void> {
    if (known.note === undefined) return await this.#compareTree(known, today, source);
    const before = { note: known.note, checkpoint: parseCheckpoint(parseNote(known.note).text) };
    if (before.checkpoint.origin !== today.checkpoint.origin) {
      const { origin } = before.checkpoint;
      throw new MirrorError(
        'other-log',
        `${this.#copy.name} is a mirror of ${origin}, and the source shows ${today.checkpoint.origin}.`,
      );
    }
    const keys = [...this.#policy.logs, ...this.#policy.witnesses].map(({ key }) => key);
    // What is shown is here as a whole: the log need not show it again to be convicted.
    const isOurs = known.note === this.#copy.shown && known.size > today.checkpoint.size;
    const tiles = isOurs ? copySource(this.#copy, known.size) : source;
    const comparison = await compareCheckpoints(before, today, tiles, keys);
    if (comparison.kind === 'undecided') throw unproven(known, comparison.reason);
    if (comparison.kind === 'consistent') return;
    throw contradiction(known, today, await this.#keep(comparison.evidence));
  }

  /** For a tree that nobody signed, in a database that was being filled. */
  async #compareTree(known: KnownTree, today: Target, source: TileSource): Promise<void> {
    if (known.size > today.checkpoint.size) return;
    const root = await treeRoot(new VerifiedTree(source, today.checkpoint).read, known.size).catch(
      (error: unknown) => {
        throw isSourceFailure(error) ? unproven(known, error.message) : error;
      },
    );
    if (!equalBytes(root, known.root))
      throw contradiction(known, today, 'No checkpoint of it is here.');
  }

  /** Where it is, or why it is nowhere: that the log contradicts itself is told in any case. */
  async #keep(evidence: readonly Evidence[]): Promise<string> {
    try {
      const places = evidence.map(async (item) => {
        return await this.#copy.keepEvidence(evidenceId(item), encodeEvidence(item));
      });
      return `Evidence: ${(await Promise.all(places)).join(', ')}.`;
    } catch (error) {
      return `Evidence could not be kept: ${describeFileError(error)}`;
    }
  }

  async #reach(next: Target, source: TileSource): Promise<void> {
    const { size } = next.checkpoint;
    const from = await this.#copy.reached(next);
    if (from === size) return;
    const tree = new VerifiedTree(source, next.checkpoint);
    const bundles = verifiedBundles(source, tree, from);
    try {
      await this.#copy.append(bundles, (done) => this.#onProgress(done, size));
    } catch (error) {
      throw explained(error);
    }
  }
}

function contradiction(known: KnownTree, { checkpoint }: Target, where: string): MirrorError {
  return new MirrorError(
    'contradiction',
    `The log contradicts itself: its tree of size ${checkpoint.size} does not go on from that of size ${known.size} ` +
      `which was copied. The copy stays as it is. ${where}`,
  );
}

function unproven(known: KnownTree, reason: string): MirrorError {
  return new MirrorError(
    'unproven',
    `The log does not show that it goes on from the tree of size ${known.size} that was copied: ${reason}.`,
  );
}

/** What the source did that its messages do not say by themselves. */
function explained(error: unknown): unknown {
  if (isWithoutBundles(error)) return unsupported(error);
  if (error instanceof TileMismatchError) return wrong(error.message);
  if (error instanceof ProtocolError) return wrong(`${error.field}: ${error.message}`);
  return error;
}

function wrong(what: string): MirrorError {
  return new MirrorError('wrong', `The log shows what is not of the tree that it signed: ${what}.`);
}

const FIRST_BUNDLE = /\/tile\/entries\/000(\.p\/\d+)?$/;

function isWithoutBundles(error: unknown): error is RemoteError {
  return error instanceof RemoteError && error.status === 404 && FIRST_BUNDLE.test(error.url);
}

function unsupported({ message }: RemoteError): MirrorError {
  return new MirrorError(
    'unsupported',
    `The log has no entry bundle where C2SP tlog-tiles puts it (${message}). Logs with other bundles, such as those of ` +
      'certificates (static-ct-api) and the Go checksum database, cannot be mirrored.',
  );
}
