/** How far something is, on a terminal; nothing at all anywhere else. */
import type { WriteStream } from 'node:tty';

export interface Progress {
  update(done: number, total: number): void;
  /** Removes the bar. */
  end(): void;
}

const WIDTH = 40;
/** Redrawing more often than people can see only costs time. */
const INTERVAL_MS = 100;
const CLEAR_LINE = '\r\u001b[K';

/** `what` is counted. */
export function startProgress(
  stream: Pick<WriteStream, 'isTTY' | 'write'>,
  what = 'entries',
): Progress {
  if (!stream.isTTY) return { update: () => undefined, end: () => undefined };
  let drawnMs = Number.NEGATIVE_INFINITY;
  return {
    update(done, total) {
      const nowMs = performance.now();
      if (nowMs - drawnMs < INTERVAL_MS && done < total) return;
      drawnMs = nowMs;
      stream.write(CLEAR_LINE + formatBar(done, total, what));
    },
    end: () => {
      stream.write(CLEAR_LINE);
    },
  };
}

/** One line that says what is being done, each in the place of the one before. */
export interface Steps {
  step(text: string): void;
  /** Removes the line. */
  end(): void;
}

export function startSteps(stream: Pick<WriteStream, 'isTTY' | 'write'>): Steps {
  if (!stream.isTTY) return { step: () => undefined, end: () => undefined };
  return {
    step: (text) => {
      stream.write(`${CLEAR_LINE}${text} ...`);
    },
    end: () => {
      stream.write(CLEAR_LINE);
    },
  };
}

export function formatBar(done: number, total: number, what: string): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.floor(share * WIDTH);
  const bar = '#'.repeat(filled) + '-'.repeat(WIDTH - filled);
  return `[${bar}] ${String(Math.floor(share * 100)).padStart(3)}%  ${done} of ${total} ${what}`;
}
