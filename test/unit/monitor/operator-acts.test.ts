/** What operators do about alerts: acknowledged, silenced, resolved; what that changes, and what not. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { MAX_SILENCES } from '#monitor/alerts/silences.ts';
import {
  type AlertingSetup,
  about,
  HOUR_MS,
  openAlerting,
  proven,
} from '#test/support/alerting.ts';

function open(setup: AlertingSetup = {}) {
  const opened = openAlerting({ sinks: ['team'], ...setup });
  onTestFinished(opened.close);
  return opened;
}

const down = (subject = 'w1') => about.bad('witness-down', subject, 'no answer', 0);
const all = { kind: '*', origin: '*', subject: '*' };

describe('an alert that is proven', () => {
  it('is ended by an operator alone, and stays in the history with its evidence', async () => {
    const { alerts, act, told } = open();
    alerts.apply([proven('e1')]);
    alerts.apply([about.good('log-contradiction', '')]);
    const [alert] = alerts.open();
    alerts.resolve(alert!.id, act('their key is out of our policy'));
    expect(alerts.open()).toEqual([]);
    expect(alerts.get(alert!.id)).toMatchObject({
      evidence: ['e1'],
      resolvedBy: { by: 'ada', note: 'their key is out of our policy' },
    });
    expect(await told()).toEqual(['team: resolved log-contradiction']);
  });

  it('is raised again by new evidence, and by nothing else, also after a restart', () => {
    const first = openAlerting({ sinks: ['team'] });
    first.alerts.apply([proven('e1')]);
    first.alerts.resolve(first.alerts.open()[0]!.id, first.act('dealt with'));
    first.alerts.apply([proven('e1', 'the same in other words')]);
    expect(first.alerts.open()).toEqual([]);
    first.close();
    const { alerts } = open({ folder: first.folder });
    alerts.apply([proven('e1')]);
    expect(alerts.open()).toEqual([]);
    alerts.apply([proven('e2')]);
    expect(alerts.open()).toMatchObject([{ evidence: ['e2'] }]);
  });

  it('of which nothing but words is known is raised again by other words', () => {
    const { alerts, act } = open();
    const invalid = (count: number) => about.bad('invalid-entry', '', `${count} invalid`, 0);
    alerts.apply([invalid(1)]);
    alerts.resolve(alerts.open()[0]!.id, act('known'));
    alerts.apply([invalid(1)]);
    expect(alerts.open()).toEqual([]);
    alerts.apply([invalid(2)]);
    expect(alerts.open()).toHaveLength(1);
  });

  it('is not forgotten to be ended when ten thousand others have been resolved since', () => {
    const { alerts, act } = open();
    alerts.apply([proven('e1')]);
    alerts.resolve(alerts.open()[0]!.id, act('dealt with'));
    const subjects = Array.from({ length: 10_010 }, (_, i) => `w${i}`);
    alerts.apply(subjects.map(down));
    alerts.apply(subjects.map((subject) => about.good('witness-down', subject)));
    alerts.apply([proven('e1')]);
    expect(alerts.open()).toEqual([]);
  });
});

it('what still is so is not resolved by saying so, and what nobody sees any more is', () => {
  const { alerts, act, clock } = open();
  alerts.apply([down()]);
  expect(alerts.isStillSeen(alerts.open()[0]!)).toBe(true);
  clock.nowMs += 61_000;
  const [alert] = alerts.open();
  expect(alerts.isStillSeen(alert!)).toBe(false);
  expect(alerts.resolve(alert!.id, act('out of the policy'))).toBeDefined();
  expect(alerts.resolve(alert!.id, act('again'))).toBeUndefined();
});

it('an acknowledgement is told, recorded over a restart, and ended by new evidence', async () => {
  const first = openAlerting({ sinks: ['team'] });
  first.alerts.apply([proven('e1')]);
  await first.told();
  first.alerts.acknowledge(first.alerts.open()[0]!.id, first.act('on it'));
  expect(await first.told()).toEqual(['team: acknowledged log-contradiction']);
  first.close();
  const { alerts, told } = open({ folder: first.folder });
  expect(alerts.open()[0]).toMatchObject({ acknowledged: { by: 'ada', note: 'on it' } });
  alerts.apply([proven('e1')]);
  expect(alerts.open()[0]).toHaveProperty('acknowledged');
  alerts.apply([proven('e2')]);
  expect(alerts.open()[0]).not.toHaveProperty('acknowledged');
  expect(await told()).toEqual(['team: changed log-contradiction']);
});

describe('a silence', () => {
  it('keeps quiet what fits it until its time, and what is open then is told', async () => {
    const { alerts, silences, act, clock, reminded } = open();
    silences.add({ ...all, kind: 'witness-*', subject: 'w1' }, act(), clock.nowMs + HOUR_MS);
    alerts.apply([down('w1'), down('w2')]);
    expect(await reminded()).toEqual(['team: raised witness-down']);
    expect(alerts.open().map(({ silencedUntilMs }) => silencedUntilMs)).toEqual([
      undefined,
      clock.nowMs + HOUR_MS,
    ]);
    clock.nowMs += HOUR_MS;
    expect(await reminded()).toEqual(['team: raised witness-down']);
    alerts.apply([about.good('witness-down', 'w1')]);
    expect(await reminded()).toEqual(['team: resolved witness-down']);
  });

  it('tells nothing at all of what began and ended under it, and the end of what began before', async () => {
    const { alerts, silences, act, clock, told } = open();
    alerts.apply([down('w1')]);
    await told();
    silences.add(all, act(), clock.nowMs + HOUR_MS);
    alerts.apply([down('w2')]);
    alerts.apply([about.good('witness-down', 'w1'), about.good('witness-down', 'w2')]);
    expect(await told()).toEqual(['team: resolved witness-down']);
  });

  it('keeps no proven contradiction from anybody', async () => {
    const { alerts, silences, act, clock, told } = open();
    silences.add(all, act(), clock.nowMs + HOUR_MS);
    alerts.apply([proven('e1')]);
    expect(await told()).toEqual(['team: raised log-contradiction']);
    alerts.apply([proven('e2')]);
    expect(await told()).toEqual(['team: changed log-contradiction']);
  });

  it('keeps a critical alert quiet for a day at most, any other as long as it says', () => {
    const { silences, act, clock } = open();
    const beganMs = clock.nowMs;
    silences.add(all, act(), beganMs + 20 * 24 * HOUR_MS);
    const until = (severity: 'critical' | 'warning', kind: 'log-down' | 'witness-down') =>
      silences.untilMs({ severity, kind, origin: '', subject: '' }, clock.nowMs);
    expect(until('critical', 'log-down')).toBe(beganMs + 24 * HOUR_MS);
    clock.nowMs += 24 * HOUR_MS;
    expect(until('critical', 'log-down')).toBeUndefined();
    expect(until('warning', 'witness-down')).toBe(beganMs + 20 * 24 * HOUR_MS);
  });

  it('ends when somebody ends it, or a clock is set back before it began; and survives a restart', () => {
    const first = openAlerting();
    const made = first.silences.add(all, first.act('why'), first.clock.nowMs + HOUR_MS)!;
    first.close();
    const { silences, act, clock } = open({ folder: first.folder });
    expect(silences.active(clock.nowMs)).toMatchObject([{ made: { by: 'ada', note: 'why' } }]);
    expect(silences.active(clock.nowMs - 1)).toEqual([]);
    expect(silences.end(made.id, act())).toBeDefined();
    expect(silences.active(clock.nowMs)).toEqual([]);
    expect(silences.end(made.id, act())).toBeUndefined();
  });

  it.each([
    ['witness-*', 'witness-down', true],
    ['*-down', 'witness-down', true],
    ['*it*ess*', 'witness-down', true],
    ['w*w*n', 'witness-down', true],
    ['witness', 'witness-down', false],
    ['*down*down', 'witness-down', false],
    ['', '', true],
    ['*', '', true],
    ['.*', 'a', false],
  ])('with the pattern %j for the subject %j: %j', (subject, text, expected) => {
    const { silences, act, clock } = open();
    silences.add({ ...all, subject }, act(), clock.nowMs + HOUR_MS);
    const key = { kind: 'witness-down', origin: '', subject: text, severity: 'warning' } as const;
    expect(silences.untilMs(key, clock.nowMs) !== undefined).toBe(expected);
  });

  it('is one of a number that is limited', () => {
    const { silences, act, clock } = open();
    const add = () => silences.add(all, act(), clock.nowMs + HOUR_MS);
    for (let i = 0; i < MAX_SILENCES; i++) expect(add()).toBeDefined();
    expect(add()).toBeUndefined();
    clock.nowMs += HOUR_MS;
    expect(add()).toBeDefined();
  });
});
