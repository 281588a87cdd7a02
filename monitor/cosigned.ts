/**
 * What each witness key is known to have cosigned, wherever that was seen.
 *
 * A cosignature says: at this time, this was the largest consistent tree that I had seen. So a key
 * that cosigned a smaller tree later than a larger one has convicted itself.
 */
import { type Evidence, proveCosignedBackwards } from '#protocol/evidence/evidence.ts';
import type { WitnessCosignature } from '#protocol/policy/policy.ts';
import type { MonitorState } from './state.ts';
import type { View } from './view.ts';

export class CosignedMemory {
  readonly #origin: string;
  readonly #state: MonitorState;

  constructor(origin: string, state: MonitorState) {
    this.#origin = origin;
    this.#state = state;
  }

  /**
   * Remembers what a view shows to be cosigned; answers evidence against those who went back. To be
   * called in the transaction that stores the evidence.
   */
  add(view: View): Evidence[] {
    return view.cosignatures.flatMap((cosignature) => this.#addOne(view, cosignature));
  }

  #addOne(view: View, { key, timeSeconds }: WitnessCosignature): Evidence[] {
    const { size } = view.checkpoint;
    const { text: vkey } = key;
    const known = this.#state.cosigned(this.#origin, vkey);
    const isLarger = known === undefined || size > known.size;
    const isEarlier = known !== undefined && size === known.size && timeSeconds < known.timeSeconds;
    const now = { size, timeSeconds, note: view.note };
    if (isLarger || isEarlier) this.#state.saveCosigned(this.#origin, vkey, now);
    if (known === undefined || known.size === size) return [];
    const wentBack = size > known.size === timeSeconds < known.timeSeconds;
    const sameTime = timeSeconds === known.timeSeconds;
    return wentBack && !sameTime ? proveCosignedBackwards(known.note, view.note, [key]) : [];
  }
}
