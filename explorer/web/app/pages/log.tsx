/** The state of a log: how it grows, of what its entries are, and who cosigned when. */
import { useMemo } from 'react';
import type { CheckpointAnswer, LogAnswer, StatsAnswer } from '#explorer/search/answers.ts';
import type { LogData, PageData } from '../data/page-data.ts';
import { compareWithOlderUrl, logUrl, searchUrl } from '../data/route.ts';
import { Bars } from '../parts/bars.tsx';
import { Chart } from '../parts/chart.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { LogStateTag } from '../parts/log-state.tsx';
import { Pager } from '../parts/pager.tsx';
import { PolicyView } from '../parts/policy-view.tsx';
import { RecountNumbers } from '../parts/recount.tsx';
import {
  bytesText,
  Count,
  countText,
  Hash,
  numberText,
  Time,
  timeText,
  Visible,
} from '../parts/text.tsx';

export default function LogPage({ data, content }: { data: PageData; content: LogData }) {
  const log = data.logs.logs.find((one) => one.log === content.log)!;
  const { checkpoints, next_cursor: next } = content.checkpoints;
  return (
    <>
      <h1>
        <Visible text={log.log} />
      </h1>
      <LogPicker logs={data.logs.logs} current={log.log} />
      <State log={log} stats={content.stats} />
      {content.stats !== null && <RecountNumbers stats={content.stats} />}
      {content.stats !== null && (
        <Statistics
          stats={content.stats}
          checkpoints={content.growth?.checkpoints ?? checkpoints}
        />
      )}
      <h2>Checkpoints</h2>
      <CheckpointTable log={log.log} checkpoints={checkpoints} hasOlder={next !== undefined} />
      <Pager
        label="Pages of checkpoints"
        first={content.cursor === undefined ? undefined : logUrl(log.log)}
        next={next && logUrl(log.log, next)}
      />
      <details className="card">
        <summary>Whom the explorer itself believes about this log</summary>
        <PolicyView text={log.policy} file="policy.txt" />
      </details>
      <p className="dim">
        The same for programs: <a href={apiUrl('stats', log.log)}>statistics</a>,{' '}
        <a href={apiUrl('checkpoints', log.log)}>checkpoints</a>; the log's public files (C2SP
        tlog-tiles), as far as they have been read here, under <code>{log.files}</code>.
      </p>
    </>
  );
}

function apiUrl(what: string, log: string): string {
  return `/v1/${what}?${new URLSearchParams({ log })}`;
}

function LogPicker({ logs, current }: { logs: readonly LogAnswer[]; current: string }) {
  if (logs.length < 2) return null;
  return (
    <nav aria-label="Logs">
      <ul className="chips">
        {logs.map(({ log }) => (
          <li key={log}>
            <a href={logUrl(log)} aria-current={log === current ? 'page' : undefined}>
              <Visible text={log} />
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function State({ log, stats }: { readonly log: LogAnswer; readonly stats: StatsAnswer | null }) {
  return (
    <article className="card">
      <dl>
        <dt>State</dt>
        <dd>
          <LogStateTag log={log} /> {log.trouble !== undefined && <Visible text={log.trouble} />}
        </dd>
        <dt>Entries</dt>
        <dd>
          <Count value={log.size} />
          {log.shown_size !== undefined && log.shown_size !== log.size && (
            <>
              , and the log shows <Count value={log.shown_size} />
            </>
          )}
        </dd>
        {stats !== null && (
          <>
            <dt>In all</dt>
            <dd>{bytesText(stats.bytes)}</dd>
          </>
        )}
        <dt>Judged</dt>
        <dd>
          <Judged log={log} stats={stats} />
        </dd>
        <dt>Read from</dt>
        <dd>
          <Visible text={log.url} />
        </dd>
        <dt>Search</dt>
        <dd>
          <a href={searchUrl({ log: log.log })}>All its entries</a>
        </dd>
      </dl>
    </article>
  );
}

/** Whether an entry is bad is only known where entries are judged. */
function Judged({ log, stats }: { readonly log: LogAnswer; readonly stats: StatsAnswer | null }) {
  if (!log.judged) {
    return 'only that the entries make the signed tree; neither signatures nor claimed policies';
  }
  if (stats === null || stats.faults === 0) return 'each entry: none that must not stand in a log';
  return (
    <span className="bad">
      each entry: {countText(stats.faults, 'entry', 'entries')} that must not stand in a log
    </span>
  );
}

function Statistics({
  stats,
  checkpoints,
}: {
  readonly stats: StatsAnswer;
  readonly checkpoints: readonly CheckpointAnswer[];
}) {
  const growth = useMemo(
    () => checkpoints.toReversed().map((one) => ({ timeMs: one.seen_ms, value: one.size })),
    [checkpoints],
  );
  const hours = useMemo(
    () => stats.hours.map((one) => ({ timeMs: one.hour_ms, value: one.entries })),
    [stats],
  );
  const intervals = useMemo(() => intervalsOf(checkpoints), [checkpoints]);
  return (
    <>
      <h2>How it grows</h2>
      <div className="grid">
        <Chart
          title="Size over time"
          summary={growthText(checkpoints)}
          points={growth}
          unit="entries"
          kind="line"
          file="size"
        />
        <Chart
          title="Entries per hour"
          summary={hoursText(stats)}
          points={hours}
          unit="entries"
          kind="bars"
          file="entries-per-hour"
        />
        {intervals.length > 0 && (
          <Chart
            title="Between checkpoints"
            summary="How long after the one before each checkpoint was seen here."
            points={intervals}
            unit="seconds"
            kind="line"
            file="checkpoint-intervals"
          />
        )}
      </div>
      <h2>What it is made of</h2>
      <div className="grid">
        <Bars
          title="By policy"
          what="Policy"
          file="policies"
          note={
            <RestOf shown={stats.policies.length} total={stats.policies_total} what="policies" />
          }
          bars={stats.policies.map(({ value, entries }) => ({
            key: value,
            count: entries,
            label: (
              <a href={searchUrl({ log: stats.log, policy: value })}>
                <Visible text={value} />
              </a>
            ),
          }))}
        />
        <Bars
          title="By issuer"
          what="Issuer"
          file="issuers"
          note={<RestOf shown={stats.issuers.length} total={stats.issuers_total} what="issuers" />}
          bars={stats.issuers.map(({ value, entries }) => ({
            key: value,
            count: entries,
            label: (
              <>
                <Hash value={value} label="Issuer" />{' '}
                <a href={searchUrl({ log: stats.log, issuer: value })}>entries</a>
              </>
            ),
          }))}
        />
        <Bars
          title="By type"
          what="Type"
          file="types"
          bars={stats.types.map(({ value, entries }) => ({
            key: value,
            count: entries,
            label: <Visible text={value} />,
          }))}
        />
        <Bars
          title="By size"
          what="Size"
          file="sizes"
          bars={stats.sizes.map(({ up_to, entries }) => ({
            key: `up to ${up_to} bytes`,
            count: entries,
            label: `up to ${bytesText(up_to)}`,
          }))}
        />
      </div>
    </>
  );
}

function RestOf({ shown, total, what }: { shown: number; total: number; what: string }) {
  if (total <= shown) return null;
  return (
    <p className="dim">
      The most frequent {shown} of {numberText(total)} {what}.
    </p>
  );
}

function hoursText({ hours, hours_other, hours_until_ms }: StatsAnswer): string {
  const told = `${countText(hours.length, 'hour')} with entries, by the times that entries state.`;
  if (hours_other === 0) return told;
  const others = countText(hours_other, 'entry states', 'entries state');
  return `${told} ${others} another: earlier than these, or later than ${timeText(hours_until_ms)}.`;
}

function growthText(checkpoints: readonly CheckpointAnswer[]): string {
  const [newest, oldest] = [checkpoints[0], checkpoints.at(-1)];
  if (newest === undefined || oldest === undefined) return 'No checkpoint has been seen yet.';
  const sizes = `From ${countText(oldest.size, 'entry', 'entries')} to ${numberText(newest.size)}`;
  return `${sizes}, ${timeText(oldest.seen_ms)} to ${timeText(newest.seen_ms)}, by the explorer's clock.`;
}

function intervalsOf(checkpoints: readonly CheckpointAnswer[]) {
  const times = checkpoints.map(({ seen_ms }) => seen_ms).reverse();
  return times.slice(1).map((timeMs, i) => ({ timeMs, value: (timeMs - times[i]!) / 1000 }));
}

function CheckpointTable({
  log,
  checkpoints,
  hasOlder,
}: {
  readonly log: string;
  readonly checkpoints: readonly CheckpointAnswer[];
  /** Whether more of them are on another page. */
  readonly hasOlder: boolean;
}) {
  const oldest = hasOlder ? undefined : checkpoints.at(-1);
  return (
    <form action="/compare" method="get">
      <input type="hidden" name="log" value={log} />
      <DataTable
        caption="Checkpoints that the explorer has seen and verified, newest first"
        rows={checkpoints}
        keyOf={({ size, root }) => `${size} ${root}`}
        empty="None has been seen yet."
        columns={[
          {
            name: 'Size',
            isNumber: true,
            by: ({ size }) => size,
            cell: ({ size }) => <Count value={size} />,
          },
          { name: 'Root', cell: ({ root }) => <Hash value={root} label="Root hash" /> },
          {
            name: 'Seen first',
            by: ({ seen_ms }) => seen_ms,
            cell: ({ seen_ms }) => <Time ms={seen_ms} />,
          },
          {
            name: 'Cosigned by',
            by: ({ cosigned }) => cosigned.length,
            cell: ({ cosigned }) => <Cosigners cosigned={cosigned} />,
          },
          {
            name: 'Compare',
            cell: ({ size }) => (
              <>
                {checkpoints.length > 1 && (
                  <>
                    <Pick name="a" size={size} /> <Pick name="b" size={size} />{' '}
                  </>
                )}
                {size !== oldest?.size && (
                  <a href={compareWithOlderUrl(log, size)}>with the one before</a>
                )}
              </>
            ),
          },
        ]}
      />
      {checkpoints.length > 1 && (
        <p>
          <button type="submit">Compare A with B</button>
        </p>
      )}
    </form>
  );
}

function Pick({ name, size }: { readonly name: 'a' | 'b'; readonly size: number }) {
  const letter = name.toUpperCase();
  return (
    <label className="pick">
      <input type="radio" name={name} value={size} aria-label={`${letter}: size ${size}`} />
      {letter}
    </label>
  );
}

function Cosigners({ cosigned }: { readonly cosigned: CheckpointAnswer['cosigned'] }) {
  if (cosigned.length === 0) return <span className="dim">nobody</span>;
  return (
    <ul className="plain">
      {cosigned.map(({ witness, time_seconds }) => (
        <li key={witness}>
          <Visible text={witness} />{' '}
          <span className="dim">
            <Time ms={time_seconds * 1000} />
          </span>
        </li>
      ))}
    </ul>
  );
}
