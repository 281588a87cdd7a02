/** The top of every picture: who cosigned, and the checkpoint with the root that was signed. */
import { hasDate, isoTime } from '#explorer/search/calendar.ts';
import { printable } from '#protocol/printable.ts';
import type { PictureEdge, RowOfNodes } from '../picture.ts';
import { WIDTH } from '../picture.ts';

export interface PicturedCheckpoint {
  readonly origin: string;
  readonly size: number;
  /** Whether signatures and quorum are as the policy that counts asks; undefined while nobody has looked. */
  readonly isVerified: boolean | undefined;
  /** A sentence that says so, or what is wrong. */
  readonly words: string;
  /** With when they cosigned, POSIX seconds. */
  readonly witnesses: readonly { readonly name: string; readonly timeSeconds: number }[];
}

const IN_A_ROW = 3;
const GAP = 10;
const WITNESS_WIDTH = (WIDTH - (IN_A_ROW - 1) * GAP) / IN_A_ROW;
/** More are told in the text below: who they are matters less than that they are enough. */
const MAX_WITNESSES = 12;
const MAX_NAME = 13;
const MAX_ORIGIN = 44;

/** From the top. `prefix` keeps apart the boxes of two checkpoints. */
export function signedRows(checkpoint: PicturedCheckpoint, prefix = '') {
  const { witnesses, origin, size, isVerified, words } = checkpoint;
  const id = `${prefix}checkpoint`;
  const shown = witnesses.slice(0, MAX_WITNESSES);
  const rows: RowOfNodes[] = [];
  for (let i = 0; i < shown.length; i += IN_A_ROW) {
    rows.push(
      shown.slice(i, i + IN_A_ROW).map((witness, k) => witnessNode(witness, i + k, prefix)),
    );
  }
  const state = isVerified === undefined ? 'plain' : isVerified ? 'good' : 'bad';
  const box: RowOfNodes[number] = {
    id,
    kind: 'checkpoint',
    state,
    x: 0,
    width: WIDTH,
    lines: [cut(printable(origin), MAX_ORIGIN), `checkpoint of ${size}`],
    title: `Checkpoint of ${size} entries of the log ${printable(origin)}`,
    story: { kind: 'given', text: printable(words) },
  };
  const edges: PictureEdge[] = shown.map((_, i) => ({ from: id, to: `${prefix}witness-${i}` }));
  return { rows: [...rows, [box]], edges, id };
}

function witnessNode(
  { name, timeSeconds }: PicturedCheckpoint['witnesses'][number],
  i: number,
  prefix: string,
): RowOfNodes[number] {
  // A witness may sign any number of seconds.
  const isPossible = hasDate(timeSeconds * 1000);
  const time = isoTime(timeSeconds * 1000).replace('.000Z', 'Z');
  return {
    id: `${prefix}witness-${i}`,
    kind: 'witness',
    state: 'good',
    x: (i % IN_A_ROW) * (WITNESS_WIDTH + GAP),
    width: WITNESS_WIDTH,
    lines: [
      cut(printable(name), MAX_NAME),
      isPossible ? `${time.slice(-9, -1)} UTC` : 'impossible time',
    ],
    title: `Witness ${printable(name)}`,
    story: {
      kind: 'given',
      text: `Cosigned this checkpoint at ${isPossible ? time : `an impossible time (second ${timeSeconds})`}: it extends all that this witness has cosigned before.`,
    },
  };
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}\u2026` : text;
}
