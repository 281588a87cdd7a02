/** The status page as it is made of a status: findings by whom they concern, and what is on it. */
import { describe, expect, it } from 'vitest';
import { branchesOf } from '#monitor/status/agreement.ts';
import { findingsOf } from '#monitor/status/findings.ts';
import { historyPage } from '#monitor/status/history-page.ts';
import type { Status } from '#monitor/status/status.ts';
import { statusPage } from '#monitor/status/status-page.ts';
import { logStatus, NOW_MS, openAlert, statusOf, witnessStatus } from '#test/support/statuses.ts';

const bodyOf = async (status: Status) => String(await statusPage(status).body);
const EVIDENCE = ['1'.repeat(64), '2'.repeat(64), '3'.repeat(64)];

function forkAlerts() {
  return [
    openAlert('quorum-missing', { subject: 'checkpoint' }),
    openAlert('root-mismatch'),
    openAlert('tile-mismatch'),
    openAlert('consistency-unproven'),
    openAlert('witness-other-tree', { subject: 'witness-1' }),
    openAlert('witness-other-tree', { subject: 'witness-3' }),
    openAlert('witnesses-disagree', { evidence: EVIDENCE.slice(0, 1) }),
    openAlert('witness-misbehaviour', { subject: 'witness-3', evidence: EVIDENCE.slice(1) }),
    openAlert('log-contradiction', { evidence: EVIDENCE.slice(0, 2) }),
  ];
}

describe('a proven fork', () => {
  it('is one finding with all that follows from it, whoever else is accused, and comes first', () => {
    const other = openAlert('witness-down', { origin: '', subject: 'witness-2' });
    const [fork, down, ...rest] = findingsOf(statusOf({ alerts: [other, ...forkAlerts()] }));
    expect(rest).toEqual([]);
    expect(fork).toMatchObject({
      concern: { role: 'log', name: 'log.example/one' },
      isProven: true,
      lead: { kind: 'log-contradiction' },
      accused: [{ role: 'log' }, { role: 'witness', name: 'witness-3' }],
    });
    expect(fork!.others).toHaveLength(8);
    expect(fork!.evidence.toSorted()).toEqual(EVIDENCE);
    expect(down).toMatchObject({ concern: { role: 'witness', name: 'witness-2' } });
  });

  it('shows who stands on which tree', () => {
    const log = logStatus();
    const other = { agreement: 'contradicts' as const, size: 31, root: 'ff'.repeat(32) };
    const witnesses = [
      witnessStatus('witness-1', [log], other),
      witnessStatus('witness-2', [log]),
      witnessStatus('witness-3', [log], other),
      witnessStatus('witness-4', [log], {}, 'no connection'),
      witnessStatus('witness-5', [log], { ...other, root: 'ee'.repeat(32) }),
    ];
    const status = statusOf({ logs: [log], witnesses, alerts: forkAlerts() });
    const names = branchesOf(log, status).map(({ kind, members }) => [
      kind,
      ...members.map(({ name }) => name),
    ]);
    expect(names).toEqual([
      ['trunk', 'the log', 'witness-2'],
      ['other-tree', 'witness-1', 'witness-3'],
      ['other-tree', 'witness-5'],
      ['unheard', 'witness-4'],
    ]);
  });
});

it('trouble of the monitor itself comes before all that is not proven', () => {
  const alerts = [openAlert('log-down', { subject: 'checkpoint' })];
  const problems = ['What is found cannot be stored: the disk is full.'];
  const [first] = findingsOf(statusOf({ alerts, problems }));
  expect(first).toMatchObject({ concern: { role: 'monitor' }, detail: problems[0] });
});

it('witnesses with the same trouble are one finding, and what is taken care of comes last', () => {
  const acknowledged = { by: 'ann', note: 'on it', atMs: NOW_MS };
  const alerts = [
    openAlert('log-down', { subject: 'checkpoint', acknowledged }),
    openAlert('witness-stale', { subject: 'witness-1' }),
    openAlert('witness-stale', { subject: 'witness-2' }),
  ];
  const findings = findingsOf(statusOf({ alerts }));
  expect(findings.map(({ concern }) => concern.name)).toEqual([
    'witness-1 and witness-2',
    'log.example/one',
  ]);
  expect(findings.map(({ isQuiet }) => isQuiet)).toEqual([false, true]);
});

it('each finding says what it means, what to do first, and where the runbook goes on', async () => {
  const acknowledged = { by: 'ann', note: 'asked them', atMs: NOW_MS - 5000 };
  const silencedUntilMs = NOW_MS + 60_000;
  const page = await bodyOf(
    statusOf({
      alerts: [openAlert('witness-stale', { subject: 'witness-1', acknowledged, silencedUntilMs })],
    }),
  );
  expect(page).toContain('A witness has not cosigned this log');
  expect(page).toContain('Look at the page of the witness');
  expect(page).toContain('docs/RUNBOOKS.md, section <code>witness-stale</code>');
  expect(page).toMatch(/Acknowledged by <strong>ann<\/strong>.*asked them/);
  expect(page).toMatch(/Silenced until <time/);
});

it('a log says how many have cosigned and are needed, and how much is verified', async () => {
  const page = (await bodyOf(statusOf())).replaceAll(/<[^>]*>/g, '');
  expect(page).toContain('3 of 3 have cosigned, 2 of 3 needed; last quorum 4 s ago');
  expect(page).toContain('30 of 30 verified');
  expect(page).toContain('3 of 3 witnesses agree');
});

it('the history is told page by page, with how long each lasted and who did what', async () => {
  const resolved = openAlert('log-down', {
    resolvedAtMs: NOW_MS - 60_000,
    resolvedBy: { by: 'bob', note: 'restarted', atMs: NOW_MS - 60_000 },
  });
  const alerts = Array.from({ length: 50 }, () => openAlert('witness-down', { subject: 'w' }));
  const first = String(await historyPage([...alerts, resolved], undefined, NOW_MS).body);
  expect(first).toContain(`/history?before=${alerts[49]!.id}`);
  expect(first).not.toContain('restarted');
  const second = String(await historyPage([resolved], alerts[49]!.id, NOW_MS).body);
  expect(second).toMatch(/Ended by <strong>bob<\/strong>.*restarted/);
  expect(second).toContain('(2 min)');
  expect(second).not.toContain('/history?before=');
});
