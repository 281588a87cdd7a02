/** A log of this server, whether it is sequenced in this process or in another one. */
import type { EntryType } from '#protocol/entry/entry-type.ts';
import type { SignerKey } from '#protocol/note/key.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import type { TilePublication } from './publishing/tile-publication.ts';
import type { SequencerLink } from './sequencing/sequencer-link.ts';
import type { LogReader, SignedHead, TreeHead } from './store/store.ts';
import type { TreeReader } from './store/tree-reader.ts';

export interface HostedLog extends SequencerLink {
  readonly key: SignerKey;
  readonly policy: Policy;
  /** The policy file, verbatim. */
  readonly policyText: string;
  readonly types: readonly EntryType[];
  readonly origin: string;
  /** What has been stored, for reading in this thread. */
  readonly store: LogReader;
  /** Where readers get tiles and bundles. */
  readonly publication: TilePublication;
  readonly tree: TreeReader;
  /** What readers are shown; undefined until the first quorum. */
  readonly published: SignedHead | undefined;
  /** Leaves under the checkpoint signed last, which a witness may have cosigned already. */
  readonly signedSize: number;
  /** Why no entry is taken, or no new checkpoint comes out; undefined while all is well. */
  readonly trouble: string | undefined;
  /** The newest durable tree that is known here, which may be ahead of what is published. */
  readonly head: TreeHead;
  /** Whether entries are taken: it is known who sequences them, and that the log has not gone back. */
  readonly takesEntries: boolean;
  /** Entries admitted and handed over here, but not yet durable. */
  readonly queueDepth: number;
  /** Whether other processes may sequence it. */
  readonly isShared: boolean;
  /** Whether this process sequences it. */
  readonly isSequencing: boolean;
  /** Finishes what was begun, answers those who wait, closes the store. */
  close(): Promise<void>;
}
