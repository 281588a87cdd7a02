/** Text from outside, hashes and times, as every page shows them. */
import { useEffect, useState } from 'react';
import { hasDate } from '#explorer/search/calendar.ts';
import { agoText } from './ago-text.ts';
import { beginningOf, visibleLine, visibleText } from './visible-text.ts';

/** Code points of one text: a mark weighs more than a hundred times the character that it names. */
const MOST_SHOWN = 16_384;

/** Names and words that somebody else chose, with what hides or deceives made visible: so many code points at most. */
export function Visible({ text, most = MOST_SHOWN }: { readonly text: string; most?: number }) {
  return (
    <bdi>
      {visibleText(beginningOf(text, most)).map(({ text: shown, codePoint }, i) =>
        codePoint === undefined ? (
          shown
        ) : (
          <mark key={i} title="This character hides, steers, or looks like another one">
            {shown}
            <small>{codePoint}</small>
          </mark>
        ),
      )}
    </bdi>
  );
}

const SIGNATURE = '— ';

/** Text of several lines, such as a policy or a signed note, whose signature lines begin with a dash. */
export function VisibleLines({ text }: { readonly text: string }) {
  const lines = text.replace(/\n$/, '').split('\n');
  return (
    <pre>
      {lines.map((line, i) => {
        const start = line.startsWith(SIGNATURE) ? SIGNATURE : '';
        return (
          // Lines have no identity but their place.
          <span key={`${i} ${line}`}>
            {start}
            <Visible text={line.slice(start.length)} />
            {'\n'}
          </span>
        );
      })}
    </pre>
  );
}

export { visibleLine };

const SHORT = 12;

/** A hash or key: its beginning, and all of it for whoever opens it. */
export function Hash({ value, label }: Labelled) {
  if (value.length <= SHORT + 4) {
    return (
      <code>
        <Visible text={value} />
      </code>
    );
  }
  return <Folded value={value} label={label} short={value.slice(0, SHORT)} />;
}

/** A verifier key, `name+id+key`: its ID, and all of it for whoever opens it. */
export function KeyText({ value, label }: Labelled) {
  const [, id] = /\+([0-9a-f]{8})\+/.exec(value) ?? [];
  return id === undefined ? (
    <Hash value={value} label={label} />
  ) : (
    <Folded value={value} label={label} short={`+${id}+`} />
  );
}

interface Labelled {
  readonly value: string;
  readonly label: string;
}

function Folded({ value, label, short }: Labelled & { readonly short: string }) {
  return (
    <details className="hash">
      <summary title={visibleLine(value)}>
        <span className="visually-hidden">{label} </span>
        <code>{visibleLine(short)}…</code>
      </summary>
      <Whole value={value} label={label} />
    </details>
  );
}

/** The whole of a hash, key or line, which can be copied where scripts run. */
export function Whole({ value, label }: Labelled) {
  return (
    <span className="copied">
      <code>
        <Visible text={value} />
      </code>
      <CopyButton value={value} label={label} />
    </span>
  );
}

export function CopyButton({ value, label }: Labelled) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    // Only where the page came by HTTPS, or from this machine.
    await navigator.clipboard?.writeText(value);
    setCopied(navigator.clipboard !== undefined);
  };
  return (
    <button type="button" className="copy scripted" onClick={copy}>
      {isCopied ? 'Copied' : 'Copy'}
      <span className="visually-hidden"> {label}</span>
    </button>
  );
}

/** A moment, Unix milliseconds, in UTC: whoever reads it compares it with what others say. */
export function Time({ ms }: { readonly ms: number }) {
  if (!hasDate(ms)) return <span>{timeText(ms)}</span>;
  return <time dateTime={new Date(ms).toISOString()}>{timeText(ms)}</time>;
}

/** How long ago that was, by the visitor's clock; on the server the moment itself. */
export function Ago({ ms }: { readonly ms: number }) {
  const nowMs = useNow();
  if (nowMs === undefined || !hasDate(ms)) return <Time ms={ms} />;
  return (
    <time dateTime={new Date(ms).toISOString()} title={timeText(ms)}>
      {agoText(nowMs - ms)}
    </time>
  );
}

const CLOCK_MS = 10_000;

/** Undefined on the server, whose page has no time of its own. */
function useNow(): number | undefined {
  const [nowMs, setNowMs] = useState(typeof document === 'undefined' ? undefined : Date.now);
  useEffect(() => {
    const clock = setInterval(() => setNowMs(Date.now()), CLOCK_MS);
    return () => clearInterval(clock);
  }, []);
  return nowMs;
}

export function timeText(ms: number): string {
  if (!hasDate(ms)) return 'an impossible time';
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const DIGITS = new Intl.NumberFormat('en', { useGrouping: true });

export function Count({ value }: { readonly value: number }) {
  return <span className="num">{numberText(value)}</span>;
}

export function numberText(value: number): string {
  return DIGITS.format(value);
}

/** `1 entry`, `3,000 entries`. */
export function countText(value: number, one: string, many = `${one}s`): string {
  return `${numberText(value)} ${value === 1 ? one : many}`;
}

export function bytesText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** step;
  return `${step === 0 ? value : value.toFixed(1)} ${units[step]}`;
}
