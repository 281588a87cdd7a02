/**
 * A chart over time. What it shows is a table first, which needs no script, is read aloud and prints; where scripts
 * run it is drawn above that by uPlot, in the colours of the style sheet, and anew when these change: for a dark
 * screen, for print and for another width.
 */
import { useEffect, useMemo, useRef } from 'react';
import { hasDate, isoTime } from '#explorer/search/calendar.ts';
import type { Cell } from '#explorer/search/csv.ts';
import { Downloads } from './downloads.tsx';
import type { ChartPoint } from './plot.ts';
import { numberText, timeText } from './text.tsx';

export interface ChartProps {
  readonly title: string;
  /** What it shows, in a sentence: for who does not see it. */
  readonly summary: string;
  readonly points: readonly ChartPoint[];
  /** Of the values, such as "entries". */
  readonly unit: string;
  /** Name of a file with the same data, without its extension. */
  readonly file: string;
  readonly kind: 'line' | 'bars';
}

export function Chart({ title, summary, points, unit, file, kind }: ChartProps) {
  const drawable = useMemo(() => points.filter(({ timeMs }) => hasDate(timeMs)), [points]);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    let stop: (() => void) | undefined;
    let isGone = false;
    void import('./plot.ts').then(({ keepDrawn }) => {
      if (!isGone) stop = keepDrawn(element, { points: drawable, unit, kind });
    });
    return () => {
      isGone = true;
      stop?.();
    };
  }, [drawable, unit, kind]);
  const rows = points.map(({ timeMs, value }): Cell[] => [isoTime(timeMs), value]);
  return (
    <figure className="card chart">
      <figcaption>
        <h3>{title}</h3>
        <p className="dim">{summary}</p>
      </figcaption>
      {drawable.length > 1 && (
        <div ref={place} className="plot" role="img" aria-label={`${title}. ${summary}`} />
      )}
      <details>
        <summary>The same as a table</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
        <section className="scroll" tabIndex={0} aria-label={`Table: ${title}`}>
          <table className="data">
            <caption>{title}</caption>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col" className="num">
                  {unit}
                </th>
              </tr>
            </thead>
            <tbody>
              {points.map(({ timeMs, value }) => (
                <tr key={timeMs}>
                  <td>{timeText(timeMs)}</td>
                  <td className="num">{numberText(value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
      <Downloads file={file} columns={['time', unit]} rows={rows} />
    </figure>
  );
}
