/**
 * A notice in words, for somebody who reads it on a telephone at night: one line that says it, then
 * what is known, what it means, and what to do first. Plain text; nothing in it steers a terminal.
 */
import { printable } from '#protocol/printable.ts';
import { ALERT_KINDS } from '../judge/alert-kinds.ts';
import type { ActJson, AlertJson } from './alert-json.ts';
import { type AlertNotice, type HeartbeatJson, isAboutAlert, type Notice } from './notice.ts';

/** One line. */
export function headlineOf(notice: Notice): string {
  if (isAboutAlert(notice)) {
    const { alert } = notice;
    return printable(`[${labelOf(notice)}] ${alert.title}${aboutOf(alert)}`);
  }
  if (notice.event === 'test') {
    return printable(`[test] This is a test of the alert sink "${notice.sink}": nothing is wrong`);
  }
  const { ok } = notice.heartbeat;
  return `[heartbeat] The monitor is alive, and ${ok ? 'all is well' : 'not all is well'}`;
}

/** The rest, without line breaks within a line. */
export function linesOf(notice: Notice): string[] {
  const lines = isAboutAlert(notice)
    ? alertLines(notice)
    : notice.event === 'test'
      ? [notice.text]
      : heartbeatLines(notice.heartbeat);
  const more = notice.monitor === undefined ? [] : [`The monitor: ${notice.monitor}/`];
  return [...lines, ...more].map(printable);
}

/** All of it. */
export function textOf(notice: Notice): string {
  return `${headlineOf(notice)}\n\n${linesOf(notice).join('\n')}\n`;
}

function labelOf({ event, alert }: AlertNotice): string {
  const labels = {
    raised: alert.severity,
    changed: `${alert.severity}, more evidence`,
    reminder: `${alert.severity}, still open`,
    escalated: `${alert.severity}, nobody has acknowledged it`,
    acknowledged: 'acknowledged',
    resolved: 'resolved',
  };
  return labels[event];
}

function aboutOf({ origin, subject }: AlertJson): string {
  const names = [origin, subject].filter((name) => name !== undefined);
  return names.length === 0 ? '' : `: ${names.join(', ')}`;
}

function alertLines({ event, changes, alert }: AlertNotice): string[] {
  const { kind, id, detail, evidence, acknowledged, resolved_by: resolvedBy } = alert;
  const { meaning, step } = ALERT_KINDS[kind];
  const isOver = event === 'resolved';
  return [
    ...(detail === '' ? [] : [detail]),
    ...(isOver ? [] : [meaning, `First: ${step}`]),
    `Alert ${id}, ${kind}, since ${iso(alert.raised_at)}.`,
    ...(changes > 1 ? [`It has changed ${changes} times since it was told last.`] : []),
    ...(alert.resolved_at === undefined ? [] : [`Over since ${iso(alert.resolved_at)}.`]),
    ...(acknowledged === undefined ? [] : [`Acknowledged by ${actText(acknowledged)}`]),
    ...(resolvedBy === undefined ? [] : [`Resolved by ${actText(resolvedBy)}`]),
    ...evidence.map((id) => `Evidence: ${id}`),
    ...(isOver ? [] : [`What to do: "${kind}" in docs/RUNBOOKS.md.`]),
  ];
}

function actText({ by, note, at }: ActJson): string {
  return `${by}, ${iso(at)}${note === '' ? '.' : `: ${note}`}`;
}

function heartbeatLines(heartbeat: HeartbeatJson): string[] {
  const { open_alerts: open, logs, witnesses, problems, unchecked, ping } = heartbeat;
  const answering = witnesses.filter((witness) => witness.answering).length;
  return [
    `This is what it checked until ${iso(heartbeat.at)}:`,
    ...logs.map(({ origin, size, verified_size: verified, walked_size: walked }) => {
      const shown = size === undefined ? 'shows no checkpoint' : `shows ${size} entries`;
      const further = walked > verified ? `, ${walked} read` : '';
      return `- ${origin} ${shown}; ${verified} checked${further}`;
    }),
    `- ${answering} of ${witnesses.length} witnesses answer`,
    `- ${open.critical} critical and ${open.warning} other alerts are open`,
    `- ${heartbeat.evidence} pieces of evidence are held`,
    ...[...problems, ...unchecked].map((text) => `- ${text}`),
    ...(ping?.failure === undefined ? [] : [`- the ping is not taken: ${ping.failure}`]),
    `It runs since ${iso(heartbeat.started_at)}.`,
  ];
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
