/** The sentence on top of the status page is true beside every row below it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingsOf } from '#monitor/status/findings.ts';
import { headlineOf } from '#monitor/status/headline.ts';
import type { Agreement, LogStatus, Status } from '#monitor/status/status.ts';
import { statusPage } from '#monitor/status/status-page.ts';
import { logStatus, NOW_MS, openAlert, statusOf, witnessStatus } from '#test/support/statuses.ts';

const AGREEMENTS: Agreement[] = [
  'agrees',
  'pending',
  'contradicts',
  'went-back',
  'absent',
  'unknown',
];
const FAILURES = [undefined, 'no connection'];
/** What a log can be seen to do; a witness shows one of the first. */
const BEHAVIOURS = FAILURES.flatMap((failure) =>
  AGREEMENTS.flatMap((agreement) =>
    [true, false].map((quorumMet) => ({ failure, agreement, quorumMet })),
  ),
);

type Behaviour = (typeof BEHAVIOURS)[number];

const sentenceOf = (status: Status) => headlineOf(status).sentence;

function logThat({ failure, agreement, quorumMet }: Behaviour): LogStatus {
  const quorum = quorumMet
    ? { needed: 2, have: 3, of: 3, missing: [] }
    : { needed: 2, have: 1, of: 3, missing: ['witness-2', 'witness-3'] };
  const log = { ...logStatus({ agreement, quorumMet, quorum }), ...(failure && { failure }) };
  if (agreement !== 'unknown') return log;
  const { origin, url, cosigners, verifiedSize, walkedSize, invalidEntries } = log;
  const { unjudgedEntries } = log;
  const { failure: failed } = log;
  const facts = {
    origin,
    url,
    cosigners,
    agreement,
    verifiedSize,
    walkedSize,
    invalidEntries,
    unjudgedEntries,
  };
  return failed === undefined ? facts : { ...facts, failure: failed };
}

/** Text of the page without markup. */
async function textOf(status: Status): Promise<string> {
  const { body } = statusPage(status);
  return String(await body).replaceAll(/<[^>]*>/g, ' ');
}

describe('of all combinations of what a log and two witnesses do', () => {
  const shownBy = BEHAVIOURS.filter(({ quorumMet }) => quorumMet);
  const combinations = BEHAVIOURS.flatMap((log) =>
    shownBy.flatMap((one) => shownBy.map((two) => [log, one, two] as const)),
  );

  it('well is said of those alone in which every row is in order', async () => {
    let wellOnes = 0;
    for (const [first, ...others] of combinations) {
      const log = logThat(first);
      const witnesses = others.map(({ agreement, failure }, i) =>
        witnessStatus(`witness-${i + 1}`, [log], { agreement }, failure),
      );
      const status = statusOf({ logs: [log], witnesses });
      const sentence = sentenceOf(status);
      const isInOrder = [first, ...others].every(
        ({ agreement, failure, quorumMet }) =>
          failure === undefined && quorumMet && ['agrees', 'pending', 'absent'].includes(agreement),
      );
      const isWell = sentence.startsWith('All is well');
      if (isWell !== isInOrder) throw new Error(`${sentence} ${JSON.stringify([first, others])}`);
      wellOnes += Number(isWell);
    }
    expect(wellOnes).toBe(27);
  });

  it('the page never says that a quorum is met', async () => {
    for (const first of BEHAVIOURS) {
      const alert = openAlert('quorum-missing', { subject: 'witnesses', origin: '' });
      const text = await textOf(statusOf({ logs: [logThat(first)], alerts: [alert] }));
      expect(text).not.toMatch(/quorum[^.]* met\b/i);
      expect(text).toMatch(/the last one was 4 s ago|none has been seen yet/);
      expect(text).toMatch(/missing now; of what is published|not known yet/);
    }
  });
});

const anyAlerts = fc.array(
  fc.record({
    kind: fc.constantFrom(
      'log-down',
      'witness-down',
      'quorum-missing',
      'log-contradiction',
      'monitor-lag',
    ),
    subject: fc.constantFrom('', 'checkpoint', 'witnesses', 'witness-1'),
    isAcknowledged: fc.boolean(),
  }),
  { maxLength: 4 },
);

it('with any alerts and any trouble of its own, it never says that all is well', () => {
  fc.assert(
    fc.property(anyAlerts, fc.boolean(), (kinds, isInTrouble) => {
      const acknowledged = { by: 'ann', note: '', atMs: NOW_MS };
      const alerts = kinds.map(({ kind, subject, isAcknowledged }) =>
        openAlert(kind as 'log-down', { subject, ...(isAcknowledged && { acknowledged }) }),
      );
      const problems = isInTrouble ? ['What is found cannot be stored: the disk is full.'] : [];
      const { sentence, tone } = headlineOf(statusOf({ alerts, problems }));
      expect(/All is well/.test(sentence)).toBe(alerts.length === 0 && !isInTrouble);
      expect(sentence).toMatch(/^[^\n]*\.$/);
      if (alerts.length > 0) expect(tone).not.toBe('good');
    }),
  );
});

describe('the sentence', () => {
  it('says when the last quorum was, and which witness is away is told with it', () => {
    const alerts = [
      openAlert('quorum-missing', { origin: '', subject: 'witnesses' }),
      openAlert('witness-down', { origin: '', subject: 'witness-2' }),
    ];
    const logs = [logStatus({ lastQuorumAtMs: NOW_MS - 840_000, quorumMet: false })];
    const status = statusOf({ alerts, logs });
    expect(sentenceOf(status)).toBe(
      'The quorum of witnesses is missing: the last one was 14 min ago.',
    );
    expect(findingsOf(status)).toHaveLength(1);
  });

  it('takes back what an alert says of now where the row knows better', () => {
    const down = openAlert('witness-down', { origin: '', subject: 'witness-1' });
    expect(sentenceOf(statusOf({ alerts: [down] }))).toContain('(over now, as it seems)');
    const log = openAlert('log-down', { subject: 'checkpoint' });
    expect(sentenceOf(statusOf({ alerts: [log] }))).toContain('(over now, as it seems)');
  });

  it('says that somebody takes care, and that it is not over', () => {
    const acknowledged = { by: 'ann', note: 'asked them', atMs: NOW_MS - 1000 };
    const alerts = [openAlert('checkpoint-stale', { acknowledged })];
    expect(sentenceOf(statusOf({ alerts }))).toMatch(/^Taken care of by ann, but not over: /);
    const silenced = [openAlert('checkpoint-stale', { silencedUntilMs: NOW_MS + 1000 })];
    expect(sentenceOf(statusOf({ alerts: silenced }))).toMatch(/^Silenced, but not over: /);
  });

  it('counts what is verified, and calls nothing well that is not', () => {
    expect(sentenceOf(statusOf())).toContain('30 of 30 entries verified');
    const behind = statusOf({ logs: [logStatus({ verifiedSize: 20 })] });
    expect(sentenceOf(behind)).toBe(
      'Nothing is wrong so far: 20 of 30 entries verified, the rest is being checked.',
    );
  });
});
