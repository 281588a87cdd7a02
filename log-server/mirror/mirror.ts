/**
 * Copies what a log has published, as far as that can be verified, and shows it when all of it is here.
 *
 * Nothing is believed of the source. A checkpoint counts by the policy's keys and its quorum, and only where it
 * goes on from all that was copied before; each bundle counts when its tile is of the signed tree. What
 * contradicts the copy is never written over it.
 */
import type { SignedCheckpoint } from '#client/compare.ts';
import { FollowError, whileReading } from '#client/follow-error.ts';
import { checkGoesOn, type KnownTree, openTrusted } from '#client/next-checkpoint.ts';
import type { TileSource } from '#client/tile-source.ts';
import { verifiedBundles } from '#client/verified-bundles.ts';
import { VerifiedTree } from '#client/verified-tree.ts';
import { type Evidence, encodeEvidence, evidenceId } from '#protocol/evidence/evidence.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { describeFileError } from '#service/errors.ts';
import { type MirrorCopy, MirrorError } from './copy.ts';
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
  #shown: SignedCheckpoint | undefined;

  /** Throws `FollowError` for a copy of a log that the policy does not trust. */
  constructor({ copy, policy, onProgress = () => undefined }: MirrorOptions) {
    this.#copy = copy;
    this.#policy = policy;
    this.#onProgress = onProgress;
    this.#noteShown();
  }

  /** What readers are shown: it has its quorum. */
  get shown(): SignedCheckpoint | undefined {
    return this.#shown;
  }

  /**
   * Brings the copy up to what the source shows now. Rejects with `MirrorError` for what must not be copied,
   * with what the copy fails with, or as the source does: then the next round goes on.
   */
  async round(source: TileSource): Promise<Mirrored> {
    try {
      return await this.#round(source);
    } catch (error) {
      throw error instanceof FollowError ? await this.#told(error) : error;
    }
  }

  async #round(source: TileSource): Promise<Mirrored> {
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
      if (!(error instanceof FollowError) || error.kind !== 'quorum') throw error;
      this.#shown = undefined;
    }
  }

  async #compareWithKnown(today: SignedCheckpoint, source: TileSource): Promise<void> {
    const { shown } = this.#copy;
    const known = (await this.#copy.known()).map((tree): KnownTree => {
      // What is shown is here as a whole.
      const isWhole = tree.note !== undefined && tree.note === shown;
      return isWhole ? { ...tree, tiles: copySource(this.#copy, tree.size) } : tree;
    });
    await checkGoesOn(today, known, source, this.#policy);
  }

  #open(note: string, who: string): SignedCheckpoint {
    return openTrusted(note, this.#policy, who);
  }

  /** As an error of this mirror, and with the evidence in its place. */
  async #told({ kind, message, evidence }: FollowError): Promise<MirrorError> {
    if (kind !== 'contradiction') return new MirrorError(kind, message);
    const where = evidence.length > 0 ? await this.#keep(evidence) : 'No checkpoint of it is here.';
    return new MirrorError(kind, `${message} The copy stays as it is. ${where}`);
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

  async #reach(next: SignedCheckpoint, source: TileSource): Promise<void> {
    const { size } = next.checkpoint;
    const from = await this.#copy.reached(next);
    if (from === size) return;
    const tree = new VerifiedTree(source, next.checkpoint);
    const bundles = verifiedBundles(source, tree, from);
    try {
      await this.#copy.append(bundles, (done) => this.#onProgress(done, size));
    } catch (error) {
      throw whileReading(error);
    }
  }
}
