/**
 * What each witness key is known to have cosigned, wherever that was seen.
 *
 * A cosignature says: at this time, this was the largest consistent tree that I had seen. A key that
 * cosigned a smaller tree later than a larger one contradicts that: it lied, or its clock was set
 * back. That stands until the key has cosigned a larger tree at a later time than any before.
 */
import { type Evidence, proveCosignedBackwards } from '#protocol/evidence/evidence.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import type { WitnessCosignature } from '#protocol/policy/policy.ts';
import type { View } from '../statements/view.ts';
import type { Cosigned, MonitorState } from '../store/state.ts';

export interface CosignedNews {
  /** Against keys that went back. */
  readonly evidence: readonly Evidence[];
  /** Those that went forward, in size and time beyond all that was known of them. */
  readonly forward: readonly VerifierKey[];
}

export class CosignedMemory {
  readonly #origin: string;
  readonly #state: MonitorState;

  constructor(origin: string, state: MonitorState) {
    this.#origin = origin;
    this.#state = state;
  }

  /** Remembers what a view shows to be cosigned. In the transaction that stores the evidence. */
  add(view: View): CosignedNews {
    const news = view.cosignatures.map((cosignature) => this.#addOne(view, cosignature));
    return {
      evidence: news.flatMap(({ evidence }) => evidence),
      forward: news.flatMap(({ forward }) => forward),
    };
  }

  #addOne(view: View, { key, timeSeconds }: WitnessCosignature): CosignedNews {
    const { size } = view.checkpoint;
    const { text: vkey } = key;
    const known = this.#state.cosigned(this.#origin, vkey);
    this.#remember(known, vkey, view, timeSeconds);
    if (known === undefined || known.size === size) return { evidence: [], forward: [] };
    const isLarger = size > known.size;
    if (isLarger && timeSeconds > known.latestSeconds) return { evidence: [], forward: [key] };
    const wentBack =
      timeSeconds !== known.timeSeconds && isLarger === timeSeconds < known.timeSeconds;
    const evidence = wentBack ? proveCosignedBackwards(known.note, view.note, [key]) : [];
    return { evidence, forward: [] };
  }

  #remember(known: Cosigned | undefined, vkey: string, view: View, timeSeconds: number): void {
    const { note } = view;
    const { size } = view.checkpoint;
    const latestSeconds = Math.max(timeSeconds, known?.latestSeconds ?? 0);
    const isLarger = known === undefined || size > known.size;
    const isEarlier = known !== undefined && size === known.size && timeSeconds < known.timeSeconds;
    if (isLarger || isEarlier) {
      this.#state.saveCosigned(this.#origin, vkey, { size, timeSeconds, note, latestSeconds });
    } else if (latestSeconds > known.latestSeconds) {
      this.#state.saveCosigned(this.#origin, vkey, { ...known, latestSeconds });
    }
  }
}
