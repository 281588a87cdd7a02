/** What the documents say of alerts is said of each kind, and of no other. */
import { describe, expect, it } from 'vitest';
import { ALERT_KINDS } from '#monitor/judge/alert-kinds.ts';
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
