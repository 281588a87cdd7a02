/**
 * A mirror in a store of this project: the same database that the log itself would have, so that an operator
 * who has the key can go on with it as the log. What is appended is durable with the tree that it makes, and
 * whoever goes on asks for that.
 */
import type { SignedCheckpoint } from '#client/compare.ts';
import type { KnownTree } from '#client/next-checkpoint.ts';
import type { VerifiedBundle } from '#client/verified-bundles.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { formatNote, parseNote, signaturesBy } from '#protocol/note/note.ts';
import { errorCode } from '#service/errors.ts';
import { createFileSync } from '#service/files.ts';
import { StoreTiles } from '../publishing/tile-publication.ts';
import { appendBundles } from '../store/append-bundles.ts';
import { openIdle } from '../store/open-store.ts';
import type { LogStore, StoreLocation, TreeHead } from '../store/store.ts';
import { type MirrorCopy, MirrorError } from './copy.ts';

interface StoreCopyOptions {
  readonly key: VerifierKey;
  /** Of the file that evidence is kept in, with what tells one from another after it. */
  readonly evidencePath: string;
  /** As for `StoreLocation.open`. */
  readonly onLost: (error: Error) => void;
}

export class StoreCopy implements MirrorCopy {
  readonly name: string;
  readonly read: MirrorCopy['read'];
  readonly #store: LogStore;
  readonly #options: StoreCopyOptions;
  /** Owned by `append`: the durable tree. */
  #head: TreeHead;
  /** Owned by `show`. */
  #shown: string | undefined;

  private constructor(
    name: string,
    store: LogStore,
    options: StoreCopyOptions,
    state: { head: TreeHead; shown: string | undefined },
  ) {
    this.name = name;
    this.#store = store;
    this.#options = options;
    this.#head = state.head;
    this.#shown = state.shown;
    const tiles = new StoreTiles(store.reader);
    this.read = (tile) => tiles.read(tile);
  }

  /**
   * Makes the store if there is none. Rejects with `ConfigError`, also for the store of another log, and for one that a
   * process writes: two mirrors would stop one another in turn.
   */
  static async open(location: StoreLocation, options: StoreCopyOptions): Promise<StoreCopy> {
    const { key, onLost } = options;
    const identity = { origin: key.name, verifierKey: key.text };
    if (!(await location.exists())) await location.create(identity);
    const store = await openIdle(location, identity, onLost);
    try {
      const head = await store.reader.treeHead();
      const shown = await store.reader.published();
      return new StoreCopy(location.name, store, options, { head, shown });
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  get shown(): string | undefined {
    return this.#shown;
  }

  async known(): Promise<readonly KnownTree[]> {
    const signed = await this.#store.reader.lastSigned();
    const known: KnownTree[] = this.#shown === undefined ? [] : [treeOf(this.#shown)];
    // Each is a part of the next: what is no larger says no more.
    for (const tree of [signed, this.#head]) {
      if (tree !== undefined && tree.size > (known.at(-1)?.size ?? 0)) known.push(tree);
    }
    return known;
  }

  /** How far it is, the store knows. */
  async begin({ note }: SignedCheckpoint): Promise<string> {
    return note;
  }

  async reached(): Promise<number> {
    return this.#head.size;
  }

  async append(bundles: AsyncIterable<VerifiedBundle>, onProgress: (size: number) => void) {
    const onAppended = (head: TreeHead) => {
      this.#head = head;
      onProgress(head.size);
    };
    const store = this.#store;
    await appendBundles(bundles, { store, head: this.#head, onAppended, whenTwice });
  }

  async show({ note, checkpoint }: SignedCheckpoint): Promise<void> {
    const { reader, writer } = this.#store;
    const last = await reader.lastSigned();
    const { size, root } = checkpoint;
    if (last === undefined || last.size < size) {
      await writer.recordSigned({ size, root, note: ownPart(note, this.#options.key) }, last?.size);
    }
    await writer.recordPublished(note, size, []);
    this.#shown = note;
  }

  async keepEvidence(id: string, document: Uint8Array): Promise<string> {
    const path = `${this.#options.evidencePath}.${id.slice(0, 8)}.tecp-evidence.json`;
    try {
      createFileSync(path, document, { mode: 0o644, durable: true });
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    return path;
  }

  async close(): Promise<void> {
    await this.#store.close();
  }
}

function whenTwice(first: number, last: number): MirrorError {
  return new MirrorError(
    'duplicate',
    `Of the entries from ${first} to ${last} one is in the log twice, which a database cannot hold. Mirror this log ` +
      'into a folder or a bucket.',
  );
}

function treeOf(note: string): KnownTree {
  const { size, root } = parseCheckpoint(parseNote(note).text);
  return { size, root, note };
}

/** The note with the log's own signature alone. */
function ownPart(note: string, key: VerifierKey): string {
  const parsed = parseNote(note);
  return formatNote({ text: parsed.text, signatures: signaturesBy(parsed, key).slice(0, 1) });
}
