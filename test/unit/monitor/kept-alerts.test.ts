/** How many alerts are kept: what is open for ever, of what is resolved the newest. */
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Alerts } from '#monitor/alerts/alerts.ts';
import { Silences } from '#monitor/alerts/silences.ts';
import { judgementsAbout } from '#monitor/judge/judgement.ts';
import { MonitorState } from '#monitor/store/state.ts';
import { createLogger } from '#service/logging.ts';
import { tempFolder } from '#test/support/temp.ts';

const MAX_KEPT = 10_000;

it('of resolved alerts the oldest go beyond ten thousand, and no open one', () => {
  const state = MonitorState.open(join(tempFolder(), 'monitor.db'));
  onTestFinished(() => state.close());
  const alerts = new Alerts({
    db: state.db,
    silences: new Silences(state.db),
    logger: createLogger({ name: 'monitor', level: 'silent' }),
    now: () => 1,
    announce: () => undefined,
    committed: () => undefined,
  });
  const about = judgementsAbout('log.example/test');
  const subjects = Array.from({ length: MAX_KEPT + 20 }, (_, i) => `w${i}`);
  alerts.apply([about.bad('witness-down', 'open', '', 0)]);
  alerts.apply(subjects.map((subject) => about.bad('witness-down', subject, '', 0)));
  const count = () => alerts.page({ openOnly: false, before: 1e9, limit: 1e9 }).length;
  expect(count()).toBe(1 + subjects.length);
  alerts.apply(subjects.map((subject) => about.good('witness-down', subject)));
  expect(count()).toBe(1 + MAX_KEPT);
  expect(alerts.open().map(({ subject }) => subject)).toEqual(['open']);
  const oldest = alerts.page({ openOnly: false, before: 1e9, limit: 1e9 }).at(-2);
  expect(oldest!.subject).toBe('w20');
});
