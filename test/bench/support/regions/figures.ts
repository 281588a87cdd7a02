/** What the samples of a scene become: a table in which each figure stands beside what distance alone makes of it. */
import { percentile } from '../load-client.ts';
import type { Sample } from './calls.ts';
import { REGIONS, type Region, TASKS, type Task } from './distances.ts';

const TITLES: Readonly<Record<Task, string>> = {
  index: 'submission: index',
  quorum: 'time to quorum',
  proof: 'submission: proof',
  checkpoint: 'checkpoint',
  'by hash': 'proof by hash',
  tile: 'tile, new',
};

/** Samples of one thing in one region, and the least that it can take. */
export interface Figure {
  readonly samples: readonly Sample[];
  readonly expectedMs: number;
}

export type Scene = ReadonlyMap<Region, ReadonlyMap<Task, Figure>>;

/** As Markdown, a line for each region. */
export function sceneTable(scene: Scene): string {
  const head = ['client in', ...TASKS.map((task) => TITLES[task])];
  const lines = REGIONS.map((region) => {
    const figures = scene.get(region);
    return [region, ...TASKS.map((task) => cellOf(figures?.get(task)))];
  });
  const rows = [head, head.map(() => '---'), ...lines];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** `p50 / p95 (expected)` in milliseconds; where nothing was done, why, and after how long. */
export function cellOf(figure: Figure | undefined): string {
  if (figure === undefined || figure.samples.length === 0) return '-';
  const { samples, expectedMs } = figure;
  const done = samples.filter(({ failure }) => failure === undefined);
  const times = (done.length > 0 ? done : samples).map(({ ms }) => ms).sort((a, b) => a - b);
  if (done.length === 0) {
    const why = [...new Set(samples.map(({ failure }) => failure))].join(', ');
    const took = [
      ...new Set([times[0]!, times.at(-1)!].map((ms) => `${(ms / 1000).toFixed(1)} s`)),
    ];
    return `${why} (${took.join(' to ')})`;
  }
  const failed = samples.length - done.length;
  const note = failed === 0 ? '' : `, ${failed} of ${samples.length} failed`;
  const [p50, p95] = [0.5, 0.95].map((share) => percentile(times, share).toFixed(0));
  return `${p50} / ${p95} (${expectedMs.toFixed(0)})${note}`;
}
