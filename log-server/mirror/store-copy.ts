/**
 * A mirror in a store of this project: the same database that the log itself would have, so that an operator
 * who has the key can go on with it as the log. What is appended is durable with the tree that it makes, and
 * whoever goes on asks for that.
 */
import type { VerifiedBundle } from '#client/verified-bundles.ts';
import { toHex } from '#protocol/bytes.ts';
import { TILE_WIDTH } from '#protocol/merkle/tiles.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { formatNote, parseNote, signaturesBy } from '#protocol/note/note.ts';
import { errorCode } from '#service/errors.ts';
import { createFileSync } from '#service/files.ts';
import { StoreTiles } from '../publishing/tile-publication.ts';
import type { LogStore, NewEntry, StoreLocation, TreeHead } from '../store/store.ts';
import { type KnownTree, type MirrorCopy, MirrorError, type Target } from './copy.ts';

/** Entries in one durable transaction, and their bytes. */
const BATCH_ENTRIES = 2048;
const BATCH_BYTES = 8 * 1024 * 1024;

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

  /** Makes the store if there is none. Rejects with `ConfigError`, also for the store of another log. */
  static async open(location: StoreLocation, options: StoreCopyOptions): Promise<StoreCopy> {
    const { key, onLost } = options;
    const identity = { origin: key.name, verifierKey: key.text };
    if (!(await location.exists())) await location.create(identity);
    const store = await location.open(identity, onLost);
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
  async begin({ note }: Target): Promise<string> {
    return note;
  }

  async reached(): Promise<number> {
    return this.#head.size;
  }

  async append(bundles: AsyncIterable<VerifiedBundle>, onProgress: (size: number) => void) {
    let batch: NewEntry[] = [];
    let bytes = 0;
    const flush = async () => {
      if (batch.length > 0) await this.#commit(batch);
      batch = [];
      bytes = 0;
      onProgress(this.#head.size);
    };
    for await (const { index, entries, leaves } of bundles) {
      const known = Math.max(0, this.#head.size + batch.length - index * TILE_WIDTH);
      for (let i = known; i < entries.length; i++) {
        batch.push({ bytes: entries[i]!, leafHash: leaves[i]! });
        bytes += entries[i]!.length;
      }
      if (batch.length >= BATCH_ENTRIES || bytes >= BATCH_BYTES) await flush();
    }
    await flush();
  }

  async show({ note, checkpoint }: Target): Promise<void> {
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

  async #commit(batch: readonly NewEntry[]): Promise<void> {
    const { reader, writer } = this.#store;
    const leaves = batch.map(({ leafHash }) => leafHash);
    const found = await reader.findLeaves(leaves);
    const isNew = found.every((index) => index === undefined);
    // One that is there already would not get its index, but keep the one that it has.
    if (!isNew || new Set(leaves.map(toHex)).size < leaves.length) {
      const { size } = this.#head;
      throw new MirrorError(
        'duplicate',
        `Of the entries from ${size} to ${size + batch.length - 1} one is in the log twice, which a database cannot ` +
          'hold. Mirror this log into a folder or a bucket.',
      );
    }
    this.#head = (await writer.sequence(batch)).head;
  }
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
