/** What the documents say of alerts is said of each kind, and of no other. */
import { describe, expect, it } from 'vitest';
import { monitorConfigSchema } from '#monitor/config.ts';
import { ALERT_KINDS } from '#monitor/judge/alert-kinds.ts';
import { parseConfig } from '#service/config.ts';
import { readDocument } from './markdown.ts';

const KINDS = Object.keys(ALERT_KINDS);

describe('each kind of alert', () => {
  it('has a section in the runbooks that says what to do, and no other section is there', () => {
    const [, ours] = readDocument('docs/RUNBOOKS.md').split('\n## What each alert asks for\n');
    const sections = ours!.split(/^## /m)[0]!.split(/^### /m).slice(1);
    const names = sections.map((section) => section.split('\n')[0]!);
    expect(names.toSorted()).toEqual(KINDS.toSorted());
    for (const section of sections) expect(section.length).toBeGreaterThan(150);
  });

  it('has its row in the table of what is checked, and no other row is there', () => {
    const [, checked] = readDocument('docs/MONITORING.md').split('\n## What is checked\n');
    const rows = checked!.split(/^## /m)[0]!.matchAll(/^\|[^|]*\| `([a-z-]+)` \|/gm);
    expect(Array.from(rows, ([, kind]) => kind).toSorted()).toEqual(KINDS.toSorted());
  });

  it.each(Object.entries(ALERT_KINDS))('%s says what it means and what to do first', (_, kind) => {
    const { title, meaning, step } = kind;
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    for (const text of [meaning, step]) expect(text).toMatch(/^[A-Z].*\.$/);
    // They are read on a telephone.
    expect(meaning.length).toBeLessThan(300);
    expect(step.length).toBeLessThan(150);
  });
});

it('what is said of sinks, routes and the heartbeat makes one configuration', () => {
  const [, alerts] = readDocument('docs/MONITORING.md').split('\n## Alerts\n');
  const blocks = [...alerts!.split(/^## /m)[0]!.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)];
  expect(blocks).toHaveLength(3);
  const text = ['database: a.db\npolicy: b.txt\n', ...blocks.map(([, yaml]) => yaml)].join('');
  const config = parseConfig(text, '/etc/tecp/monitor.yaml', monitorConfigSchema);
  expect(Object.values(config.sinks).map(({ type }) => type)).toHaveLength(7);
  const names = Object.keys(config.sinks);
  for (const { sinks } of [...config.routes, ...config.escalation]) {
    for (const name of sinks) expect(names).toContain(name);
  }
});

it('the example with all that is commented out in it is a configuration, too', () => {
  const lines = readDocument('deploy/examples/monitor.yaml').split('\n');
  const code = lines.map((line) => line.replace(/^# (?=\s*(- )?[a-z_0-9]+:( |$))/, ''));
  const config = parseConfig(code.join('\n'), '/etc/tecp/monitor.yaml', monitorConfigSchema);
  expect(Object.keys(config.sinks)).toEqual(['team', 'night', 'phone']);
  expect(config.heartbeat).toMatchObject({ sinks: ['team'] });
});
