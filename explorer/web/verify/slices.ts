/**
 * Work in slices, so that a page stays responsive while hundreds of signatures are verified: whoever works calls
 * `breathe` between two pieces, which waits for the page to deal with its visitor once a slice is over.
 */

export interface Slices {
  /** Rejects with the signal's reason once it is aborted. */
  breathe(): Promise<void>;
}

/** A slice is over after this, which nobody notices, with a verification that has begun before. */
const SLICE_MS = 12;

export function slicesOf(nowMs: () => number, signal?: AbortSignal): Slices {
  let startedMs = nowMs();
  return {
    async breathe() {
      signal?.throwIfAborted();
      if (nowMs() - startedMs < SLICE_MS) return;
      await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
      startedMs = nowMs();
    },
  };
}
