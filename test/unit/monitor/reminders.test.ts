/** Who is told of what and when: routes, the ladder, reminders, over restarts and jumps of the clock. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { Reminders } from '#monitor/alerts/reminders.ts';
import { ConfigError } from '#service/errors.ts';
import { type AlertingSetup, about, HOUR_MS, openAlerting } from '#test/support/alerting.ts';
import { ALERT } from '#test/support/notices.ts';

const MINUTE_MS = 60_000;

function open(setup: AlertingSetup = {}) {
  const opened = openAlerting(setup);
  onTestFinished(opened.close);
  return opened;
}

const logDown = about.bad('log-down', 'checkpoint', 'no answer', 0);
const witnessDown = about.bad('witness-down', 'w1', 'no answer', 0);
const LADDER = {
  escalation: [
    { after_ms: 15 * MINUTE_MS, sinks: ['phone'] },
    { after_ms: HOUR_MS, sinks: ['phone', 'boss'] },
  ],
  remind_every_ms: { critical: 4 * HOUR_MS, warning: 24 * HOUR_MS },
};

describe('the ladder', () => {
  it('tells one more after each time that nobody acknowledges a critical alert', async () => {
    const { alerts, clock, reminded } = open({ settings: LADDER });
    alerts.apply([logDown, witnessDown]);
    expect(await reminded()).toEqual(['team: raised log-down', 'team: raised witness-down']);
    clock.nowMs += 15 * MINUTE_MS - 1;
    expect(await reminded()).toEqual([]);
    clock.nowMs += 1;
    expect(await reminded()).toEqual(['phone: escalated log-down']);
    clock.nowMs += 45 * MINUTE_MS;
    expect(await reminded()).toEqual(['phone: escalated log-down', 'boss: escalated log-down']);
    alerts.apply([about.good('log-down', 'checkpoint')]);
    const ended = [
      'team: resolved log-down',
      'phone: resolved log-down',
      'boss: resolved log-down',
    ];
    expect(await reminded()).toEqual(ended);
  });

  it('stops when somebody acknowledges', async () => {
    const { alerts, clock, act, reminded } = open({ settings: LADDER });
    alerts.apply([logDown]);
    await reminded();
    clock.nowMs += 20 * MINUTE_MS;
    await reminded();
    alerts.acknowledge(alerts.open()[0]!.id, act());
    expect(await reminded()).toEqual([
      'team: acknowledged log-down',
      'phone: acknowledged log-down',
    ]);
    clock.nowMs += 100 * HOUR_MS;
    expect(await reminded()).toEqual([]);
  });

  it('goes on where it was after a restart, and takes no step twice', async () => {
    const first = openAlerting({ settings: LADDER });
    first.alerts.apply([logDown]);
    first.clock.nowMs += 20 * MINUTE_MS;
    expect(await first.reminded()).toContain('phone: escalated log-down');
    first.close();
    const { folder, clock } = first;
    const { reminded } = open({ folder, settings: LADDER, clock });
    expect(await reminded()).toEqual([]);
    clock.nowMs += HOUR_MS;
    expect(await reminded()).toEqual(['phone: escalated log-down', 'boss: escalated log-down']);
  });
});

describe('a reminder', () => {
  it('tells again what is open, each kind in its time, and no missed one afterwards', async () => {
    const { alerts, clock, reminded } = open({ sinks: ['team'], settings: {} });
    alerts.apply([logDown, witnessDown]);
    await reminded();
    clock.nowMs += 4 * HOUR_MS;
    expect(await reminded()).toEqual(['team: reminder log-down']);
    clock.nowMs += 100 * HOUR_MS;
    expect(await reminded()).toEqual(['team: reminder log-down', 'team: reminder witness-down']);
    expect(await reminded()).toEqual([]);
  });

  it('is not queued while the sink has still to be told that it is open', () => {
    const { alerts, alerting, clock } = open({ sinks: ['team'] });
    alerts.apply([logDown]);
    clock.nowMs += 5 * HOUR_MS;
    alerting.remind();
    const { outbox } = alerting.couriers[0]!;
    const [waiting] = outbox.waiting();
    expect(outbox.get(waiting!.id)!.notice).toMatchObject({ event: 'raised', changes: 1 });
  });
});

describe('time', () => {
  const due = (reminders: Reminders, nowMs: number, monotonicMs: number) => {
    const alert = { ...ALERT, announcedAtMs: 1000 * HOUR_MS, toldAtMs: 1000 * HOUR_MS };
    return reminders.due([alert], nowMs, monotonicMs).map(({ event }) => event);
  };
  const every = { critical: 4 * HOUR_MS, warning: 24 * HOUR_MS };

  it('goes on by the monotonic clock when the other is set back', () => {
    const reminders = new Reminders(every, [HOUR_MS]);
    expect(due(reminders, 1000 * HOUR_MS, 0)).toEqual([]);
    expect(due(reminders, 10 * HOUR_MS, HOUR_MS - 1)).toEqual([]);
    expect(due(reminders, 10 * HOUR_MS, HOUR_MS)).toEqual(['escalated']);
  });

  it('is that of the wall clock for what was before this process', () => {
    expect(due(new Reminders(every, [HOUR_MS]), 1001 * HOUR_MS, 5)).toEqual(['escalated']);
  });
});

describe('routes', () => {
  const settings = {
    routes: [
      { sinks: ['phone'], severity: 'critical' },
      { sinks: ['team'], kinds: ['witness-down', 'log-down'] },
    ],
  };

  it('tell the sinks of each that fits', async () => {
    const { alerts, reminded } = open({ sinks: ['team', 'phone'], settings });
    alerts.apply([logDown, witnessDown]);
    expect(await reminded()).toEqual([
      'team: raised log-down',
      'team: raised witness-down',
      'phone: raised log-down',
    ]);
  });

  it('lose nothing: what none is for goes to all that do not wait on the ladder', async () => {
    const { alerts, reminded } = open({
      settings: { ...settings, escalation: [{ after_ms: HOUR_MS, sinks: ['boss'] }] },
    });
    alerts.apply([about.bad('witness-stale', 'w1', 'old', 0)]);
    expect(await reminded()).toEqual(['team: raised witness-stale', 'phone: raised witness-stale']);
  });

  it('and ladders name sinks that there are, and leave one to be told at once', () => {
    const start = (settings: Record<string, unknown>) =>
      openAlerting({ settings, sinks: ['team'] });
    const route = { routes: [{ sinks: ['tean'] }] };
    expect(() => start(route)).toThrow(ConfigError);
    const step = { escalation: [{ after_ms: 1000, sinks: ['team'] }] };
    expect(() => start(step)).toThrow(/none would be told/);
  });
});
