/**
 * Whether this log has shown that it has not gone back, and so may take entries.
 *
 * A database that was restored, or lost and begun anew, would give indices again that it has given
 * before, and sign a tree that is not the one it signed. So after each start nothing is taken until
 * a quorum of witnesses has cosigned the checkpoint signed last, which none does that has cosigned
 * more; or, while no witness says otherwise, until the high-water mark shows that this very tree was
 * stopped in order. A log that has gone back takes and signs nothing again until its operator has
 * judged.
 */
import { equalBytes } from '#protocol/bytes.ts';
import type { Hash } from '#protocol/merkle/hash.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import type { Logger } from '#service/logging.ts';
import type { HighWaterMark } from '../store/high-water.ts';
import { type SignedHead, StoreError, type TreeHead } from '../store/store.ts';
import type { RoundResult } from './round.ts';
import { LostTreeError, WitnessFault, type WitnessFaultKind } from './witness-feed.ts';

/** The log takes no entry, as it is not known whether its tree is the newest. */
export class NotConfirmedError extends Error {
  override readonly name = 'NotConfirmedError';
}

/** What the database holds at a start. */
export interface StoredState {
  readonly head: TreeHead;
  readonly signed: SignedHead | undefined;
  /** Root of the first `size` leaves, at most `head.size`. */
  readonly rootAt: (size: number) => Promise<Hash>;
}

/** What a process has seen of a store that others write, too. */
export interface SeenState {
  /** The greatest tree. */
  readonly head: TreeHead;
  /** Leaves under the greatest checkpoint that was signed. */
  readonly signedSize: number;
  /** Leaves up to the last one whose index was told here. */
  readonly answeredSize: number;
}

export interface ConfirmationOptions {
  readonly mark: HighWaterMark;
  readonly stored: StoredState;
  readonly policy: Policy;
  /** Where others write to the store, too: then no mark says how it was stopped. */
  readonly seen?: SeenState;
  /** The operator has judged: nothing that the mark or a witness says stops this log. */
  readonly isTrusted: boolean;
  readonly logger: Logger;
}

/** What a witness says that has cosigned a tree which is not a beginning of ours, or may have. */
const CLAIMS: readonly WitnessFaultKind[] = ['ahead', 'overtaken', 'disagrees'];

const ASKING = 'no entry is taken until witnesses confirm that the database has not gone back';
const WHAT_TO_DO =
  'No entry is taken and nothing is signed. Restore the newest database, or bring back what this one lacks ' +
  'with "tecp log recover"; or judge, and start with --trust-database (docs/BACKUP_RECOVERY.md).';

export class Confirmation {
  readonly #options: ConfirmationOptions;
  /** Whether no witness has to be asked. */
  readonly #needsNobody: boolean;
  /** Whether the mark alone will do where no witness can be asked. */
  readonly #isVouched: boolean;
  // Both owned by `#confirm` and `goneBack`. Nothing leads from 'gone-back' to anything else.
  #standing: 'asking' | 'confirmed' | 'gone-back' = 'asking';
  #reason = '';

  private constructor(options: ConfirmationOptions) {
    const { mark, stored, seen, isTrusted, policy } = options;
    this.#options = options;
    this.#needsNobody = isTrusted || policy.quorum === 'none';
    this.#isVouched = seen === undefined && isLastStop(mark, stored);
  }

  /** Compares the database with the mark; the witnesses are asked by the publisher's first round. */
  static async begin(options: ConfirmationOptions): Promise<Confirmation> {
    const { mark, stored, seen, isTrusted, logger } = options;
    const confirmation = new Confirmation(options);
    const reason = await beyond(mark, stored, seen);
    if (isTrusted) {
      logger.warn(
        { size: stored.head.size, signed: stored.signed?.size },
        'the operator trusts the database: the log goes on with it, whatever the high-water mark and the witnesses say',
      );
    } else if (reason !== undefined) {
      confirmation.goneBack(reason);
    }
    if (confirmation.#needsNobody) {
      await confirmation.#confirm().catch((error: unknown) => {
        if (!(error instanceof StoreError && error.kind === 'full')) throw error;
      });
    }
    return confirmation;
  }

  get isConfirmed(): boolean {
    return this.#standing === 'confirmed';
  }

  get hasGoneBack(): boolean {
    return this.#standing === 'gone-back';
  }

  get isTrusted(): boolean {
    return this.#options.isTrusted;
  }

  /** Why no entry is taken; undefined when entries are. */
  get trouble(): string | undefined {
    if (this.#standing === 'confirmed') return undefined;
    return this.#standing === 'asking' ? ASKING : this.#reason;
  }

  /** A `NotConfirmedError` unless entries may be taken. */
  get refusal(): NotConfirmedError | undefined {
    return this.#standing === 'confirmed' ? undefined : new NotConfirmedError(this.trouble);
  }

  /**
   * Learns from a round in which the witnesses were offered the checkpoint signed last. Rejects
   * with `StoreError` when the mark cannot be written.
   */
  async judge({ quorumMet, outcomes }: RoundResult): Promise<void> {
    const faults = [...outcomes.values()];
    const lost = faults.find((fault) => fault instanceof LostTreeError);
    if (lost !== undefined) this.goneBack(lost.message);
    if (this.#standing !== 'asking') return;
    const isDoubted = faults.some(
      (fault) => fault instanceof WitnessFault && CLAIMS.includes(fault.kind),
    );
    if (quorumMet || this.#needsNobody || (this.#isVouched && !isDoubted)) await this.#confirm();
  }

  /** The tree is not the newest: nothing is taken or signed from here on. */
  goneBack(reason: string): void {
    if (this.#options.isTrusted || this.hasGoneBack) return;
    this.#standing = 'gone-back';
    this.#reason = `${reason}. ${WHAT_TO_DO}`;
    this.#options.logger.fatal({ reason: this.#reason }, 'the log has gone back');
  }

  /** The mark says that the log runs before it takes anything: a crash from here on is one. */
  async #confirm(): Promise<void> {
    if (this.#standing !== 'asking') return;
    const { mark, stored, logger } = this.#options;
    await mark.begin(mark.mark?.signed ?? stored.signed);
    if (this.#standing !== 'asking') return;
    this.#standing = 'confirmed';
    logger.info({ size: stored.head.size }, 'the database has not gone back: entries are taken');
  }
}

/** Whether the log was stopped in order with exactly this tree, and its mark is no copy. */
export function isLastStop(
  { mark, isOriginal }: HighWaterMark,
  { head, signed }: StoredState,
): boolean {
  const stopped = mark?.stopped;
  if (!isOriginal || stopped === undefined || mark?.signed?.size !== signed?.size) return false;
  return stopped.size === head.size && equalBytes(stopped.root, head.root);
}

/** What the database has to have, of which it has `size`; of some trees only the size is known. */
interface Claim {
  readonly by: string;
  readonly what: string;
  readonly tree: { readonly size: number; readonly root?: Hash } | undefined;
  readonly size: number;
}

/** How the tree is behind what the mark, or the database itself, says; undefined if it is not. */
async function beyond(
  { mark, path }: HighWaterMark,
  { head, signed, rootAt }: StoredState,
  seen: SeenState | undefined,
) {
  const own = { by: 'the database', size: head.size };
  const marked = { by: `the high-water mark ${path}`, size: head.size };
  const here = { by: 'this process', size: head.size };
  const known: Claim[] = [
    { ...own, what: 'signed', tree: signed },
    { ...marked, what: 'signed', tree: mark?.signed, size: signed?.size ?? -1 },
    { ...marked, what: 'stopped at', tree: mark?.stopped },
    { ...here, what: 'committed', tree: seen?.head },
    { ...here, what: 'given indices up to', tree: seen && { size: seen.answeredSize } },
    { ...here, what: 'signed', tree: seen && { size: seen.signedSize }, size: signed?.size ?? 0 },
  ];
  for (const { by, what, tree, size } of known) {
    if (tree === undefined) continue;
    const said = `by ${by} the log has ${what} size ${tree.size}`;
    if (tree.size > size) return `${said}, and the database knows of ${size < 0 ? 'none' : size}`;
    const isOurs = tree.root === undefined || equalBytes(await rootAt(tree.size), tree.root);
    if (!isOurs) return `${said} with another root than that in the database`;
  }
  return undefined;
}
