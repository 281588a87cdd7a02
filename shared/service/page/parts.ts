/**
 * Small parts of pages for people: tags, times, numbers, in the words and forms that all pages share.
 *
 * `html` escapes every value, as names of logs and words of failures come from outside.
 */
import { html } from 'hono/html';
import type { Tone } from './tone.ts';

/** What `html` makes: text that is markup already. */
export type Markup = ReturnType<typeof html>;

export function tag(tone: Tone, words: string): Markup {
  return html`<span class="tag ${tone}">${words}</span>`;
}

/** A moment, Unix milliseconds, in UTC: whoever reads it compares it with logs of servers. */
export function time(ms: number): Markup {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return html`an impossible time`;
  const iso = date.toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

/** "12 s ago", with the moment itself for who points at it. */
export function ago(atMs: number, nowMs: number): Markup {
  const date = new Date(atMs);
  if (Number.isNaN(date.getTime())) return html`at an impossible time`;
  const iso = date.toISOString();
  return html`<time datetime="${iso}" title="${iso.slice(0, 19).replace('T', ' ')} UTC">${agoText(atMs, nowMs)}</time>`;
}

/** A clock of somebody else may be ahead of ours by a little without anything being wrong. */
const SAME_TIME_MS = 2000;

export function agoText(atMs: number, nowMs: number): string {
  if (atMs > nowMs + SAME_TIME_MS) return `${duration(atMs - nowMs)} ahead of our clock`;
  return `${duration(nowMs - atMs)} ago`;
}

export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800
    ? `${Math.floor(seconds / 3600)} h`
    : `${Math.floor(seconds / 86_400)} d`;
}

/** `1 alert`, `3 alerts`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.length > most ? names.slice(0, most - 1) : names;
  const rest = names.length - shown.length;
  const parts = rest > 0 ? [...shown, `${rest} more`] : shown;
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
