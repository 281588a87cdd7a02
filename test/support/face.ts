/** One of the trees of a log that shows several: its entries, and the cosignatures that it has collected. */
import { RemoteError } from '#client/http.ts';
import { WitnessClient } from '#client/witness-client.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { encodeEntryBundle, parseTilePath, TILE_WIDTH } from '#protocol/merkle/tiles.ts';
import type { SignerKey } from '#protocol/note/key.ts';
import { formatSignatureLine } from '#protocol/note/note.ts';
import { MemoryLog } from './memory-log.ts';
import { PATIENT } from './wait.ts';

/** `size`: what the witness says is the size that it last cosigned. */
export type OfferAnswer =
  | { readonly kind: 'cosigned' }
  | { readonly kind: 'other-size'; readonly size: number }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string };

/** Whether it has not got as far as to judge what it was offered: it may be offered again. */
export function isNoVerdict(answer: OfferAnswer): boolean {
  if (answer.kind !== 'refused') return false;
  const { status } = answer;
  return status === AWAY.status || status === 408 || status === 429 || status >= 500;
}

/** Of a witness that gives no answer. */
const AWAY = { kind: 'refused', status: 0, code: 'away' } as const;

export class Face {
  readonly tree: MemoryLog;
  readonly entries: Uint8Array[] = [];
  // Owned by `offer`: lines by size, and by the address of the witness.
  readonly #lines = new Map<number, Map<string, string>>();
  readonly #signed = new Map<number, string>();

  constructor(key: SignerKey, entries: readonly Uint8Array[] = []) {
    this.tree = new MemoryLog(key);
    for (const entry of entries) this.append(entry);
  }

  append(entry: Uint8Array): void {
    this.entries.push(entry);
    this.tree.append(entry);
  }

  /**
   * Asks a witness that is at `oldSize` to cosign the tree as it is now. With another checkpoint in the
   * request than that of this tree, if one is given.
   */
  async offer(witness: string, oldSize: number, checkpoint?: string): Promise<OfferAnswer> {
    const { size } = this.tree;
    try {
      const request = await this.tree.request(oldSize);
      const signed = checkpoint === undefined ? request : { ...request, checkpoint };
      const answer = await new WitnessClient(witness, PATIENT).addCheckpoint(signed);
      if (answer.kind === 'other-size') return answer;
      const lines = this.#lines.get(size) ?? new Map<string, string>();
      this.#lines.set(
        size,
        lines.set(witness, answer.signatures.map(formatSignatureLine).join('')),
      );
      return { kind: 'cosigned' };
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      if (error.status === undefined) return AWAY;
      const { code } = JSON.parse(error.body || '{}') as { code?: string };
      return { kind: 'refused', status: error.status, code: String(code) };
    }
  }

  /** The largest size that so many witnesses have cosigned. */
  publishedBy(quorum: number): number | undefined {
    const sizes = [...this.#lines].filter(([, lines]) => lines.size >= quorum);
    return sizes.length === 0 ? undefined : Math.max(...sizes.map(([size]) => size));
  }

  /** As the log signs it, which it does once for each size. */
  async signed(size = this.tree.size): Promise<string> {
    const known = this.#signed.get(size) ?? (await this.tree.checkpoint(size));
    this.#signed.set(size, known);
    return known;
  }

  /** The checkpoint of a size with every cosignature on it. */
  async note(size = this.tree.size): Promise<string> {
    const lines = this.#lines.get(size)?.values() ?? [];
    return (await this.signed(size)) + [...lines].join('');
  }

  /** A tile or a bundle by its path, if the tree has it. */
  file(path: string): Uint8Array | undefined {
    try {
      const { level, index, width } = parseTilePath(path);
      if (level !== 'entries') return this.tree.tile(path);
      const first = index * TILE_WIDTH;
      const bundle = this.entries.slice(first, first + width);
      return bundle.length === width ? encodeEntryBundle(bundle) : undefined;
    } catch (error) {
      if (error instanceof ProtocolError) return undefined;
      throw error;
    }
  }
}
