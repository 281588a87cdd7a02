/**
 * A store whose writes fail when a test says so, in the two ways that matter: the write was not
 * persisted, or it was persisted and only the reply was lost.
 */
import type { AppendBatch, LogWriter } from '#log-server/store/log-writer.ts';
import { type SignedHead, StoreError, type StoreErrorKind } from '#log-server/store/store.ts';

export type Fault = 'not persisted' | 'reply lost';

export class FaultyStore implements LogWriter {
  readonly #store: LogWriter;
  /** The next write fails like this; then all is well again. */
  nextFault: Fault | undefined;
  kind: StoreErrorKind = 'failed';

  constructor(store: LogWriter) {
    this.#store = store;
  }

  async #write<T>(write: () => Promise<T>): Promise<T> {
    const fault = this.nextFault;
    this.nextFault = undefined;
    const written = fault !== 'not persisted' && (await write());
    if (fault !== undefined) throw new StoreError(this.kind, `injected: ${fault}`);
    return written as T;
  }

  append(batch: AppendBatch) {
    return this.#write(() => this.#store.append(batch));
  }
  recordSigned(head: SignedHead, previousSize: number | undefined) {
    return this.#write(() => this.#store.recordSigned(head, previousSize));
  }
  recordPublished(...published: Parameters<LogWriter['recordPublished']>) {
    return this.#write(() => this.#store.recordPublished(...published));
  }
  freeze() {
    return this.#write(() => this.#store.freeze());
  }
  moveTo(place: string) {
    return this.#write(() => this.#store.moveTo(place));
  }
  state() {
    return this.#store.state();
  }
  treeHead() {
    return this.#store.treeHead();
  }
  tile(level: number, index: number) {
    return this.#store.tile(level, index);
  }
  strip(level: number, index: number) {
    return this.#store.strip(level, index);
  }
  entries(first: number, count: number) {
    return this.#store.entries(first, count);
  }
  findLeaves(...hashes: Parameters<LogWriter['findLeaves']>) {
    return this.#store.findLeaves(...hashes);
  }
  lastSigned() {
    return this.#store.lastSigned();
  }
  signedAfter(afterSize: number, limit: number) {
    return this.#store.signedAfter(afterSize, limit);
  }
  published() {
    return this.#store.published();
  }
  anchorCovering(index: number) {
    return this.#store.anchorCovering(index);
  }
  anchor(size: number) {
    return this.#store.anchor(size);
  }
  newestAnchorSize() {
    return this.#store.newestAnchorSize();
  }
  close() {
    return this.#store.close();
  }
}
