/** Draws a chart by uPlot, and anew whenever colours, width or medium change. Its own chunk: few pages have one. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { tickTexts } from './time-ticks.ts';

export interface ChartPoint {
  readonly timeMs: number;
  readonly value: number;
}

interface Plotted {
  readonly points: readonly ChartPoint[];
  readonly unit: string;
  readonly kind: 'line' | 'bars';
}

const HEIGHT = 220;
/** Of the time axis, in pixels: the last mark may be at the edge. */
const HALF_A_LABEL = 40;

/** Returns what ends it. */
export function keepDrawn(place: HTMLElement, plotted: Plotted): () => void {
  let plot: uPlot | undefined;
  let width = 0;
  const draw = () => {
    plot?.destroy();
    width = place.clientWidth;
    plot = new uPlot(optionsOf(plotted, colours(place), width), dataOf(plotted), place);
  };
  const resized = new ResizeObserver(() => {
    if (place.clientWidth !== width && place.clientWidth > 0) draw();
  });
  const media = [matchMedia('(prefers-color-scheme: dark)'), matchMedia('print')];
  for (const query of media) query.addEventListener('change', draw);
  draw();
  resized.observe(place);
  return () => {
    resized.disconnect();
    for (const query of media) query.removeEventListener('change', draw);
    plot?.destroy();
  };
}

interface Colours {
  readonly line: string;
  readonly fill: string;
  readonly axis: string;
  readonly grid: string;
}

/** As the style sheet has them now. */
function colours(place: HTMLElement): Colours {
  const of = (name: string) => {
    // A custom property of colours is resolved only where it is used.
    const probe = place.appendChild(document.createElement('i'));
    probe.className = `probe-${name}`;
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
  return { line: of('line'), fill: of('fill'), axis: of('axis'), grid: of('grid') };
}

function dataOf({ points }: Plotted): uPlot.AlignedData {
  return [points.map(({ timeMs }) => timeMs / 1000), points.map(({ value }) => value)];
}

/** A bar begins at its time: the last one needs as much room as the one before. Seconds. */
function roomForLast({ points, kind }: Plotted): number {
  if (kind !== 'bars') return 0;
  const gaps = points.slice(1).map(({ timeMs }, i) => timeMs - points[i]!.timeMs);
  return Math.min(...gaps) / 1000;
}

function optionsOf(plotted: Plotted, colour: Colours, width: number): uPlot.Options {
  const { unit, kind } = plotted;
  const room = roomForLast(plotted);
  const axis = {
    stroke: colour.axis,
    grid: { stroke: colour.grid },
    ticks: { stroke: colour.grid },
  };
  const bars = uPlot.paths.bars!({ size: [0.8, 40], align: 1 });
  return {
    width,
    height: HEIGHT,
    padding: [null, HALF_A_LABEL, null, null],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    cursor: { points: { size: 6 } },
    legend: { show: true },
    axes: [
      { ...axis, space: 90, values: (_, at) => tickTexts(at) },
      { ...axis, size: 64 },
    ],
    scales: {
      x: { range: (_, low, high) => [low, high + room] },
      y: { range: (_, low, high) => [Math.min(0, low), Math.max(1, high)] },
    },
    series: [
      { label: 'UTC', value: '{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}' },
      {
        label: unit,
        stroke: colour.line,
        fill: colour.fill,
        width: 1.5,
        ...(kind === 'bars' ? { paths: bars, points: { show: false } } : {}),
      },
    ],
  };
}
