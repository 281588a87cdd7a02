/** The ledger of statements: what it costs to be honest, and that nothing makes it grow without end. */
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { HttpTileSource } from '#client/tile-source.ts';
import { Ledger } from '#monitor/ledger.ts';
import { MonitorState } from '#monitor/state.ts';
import { openView } from '#monitor/view.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { FakeLog, FakeTree, fakePolicy } from '#test/support/fake-log.ts';
import { tempFolder } from '#test/support/temp.ts';

const closing: { close(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0).reverse()) await item.close();
});

async function setup(size: number) {
  const log = await new FakeLog().start();
  log.tree.append(size);
  const policy = parsePolicy(fakePolicy([log], []));
  const state = MonitorState.open(join(tempFolder(), 'monitor.db'));
  closing.push(log, state);
  const { origin } = log;
  const ledger = new Ledger({ origin, keys: [log.key.verifier], state });
  const view = (at: number, tree = log.tree) => openView(log.sign(tree, at), origin, policy);
  const pass = () => ledger.pass(new HttpTileSource(log.url));
  return { log, state, ledger, view, pass };
}

it('a statement is compared with the confirmed tree once, however often it is shown', async () => {
  const { log, ledger, view, pass, state } = await setup(600);
  ledger.confirm(view(600));
  ledger.add(view(300));
  expect(ledger.standing(view(300).text)).toBe('pending');
  await pass();
  expect(ledger.standing(view(300).text)).toBe('agrees');
  log.requests.length = 0;
  ledger.add(view(300));
  ledger.add(view(600));
  expect(await pass()).toEqual({ contradictions: [], undecided: [], interrupted: false });
  expect(log.requests).toEqual([]);
  expect(state.statements(log.origin)).toEqual([]);
});

it('larger statements wait for the confirmed tree, consistent ones without a second request', async () => {
  const { log, ledger, view, pass, state } = await setup(600);
  ledger.confirm(view(100));
  for (const size of [200, 300, 400]) ledger.add(view(size));
  expect((await pass()).undecided).toEqual([]);
  log.requests.length = 0;
  await pass();
  expect(log.requests).toEqual([]);
  expect(state.statements(log.origin)).toHaveLength(3);
  ledger.confirm(view(500));
  await pass();
  expect(state.statements(log.origin)).toEqual([]);
});

it('a contradiction is reported once, and remembered', async () => {
  const { ledger, view, pass } = await setup(600);
  ledger.confirm(view(600));
  const lie = view(300, new FakeTree().append(300, 'lie'));
  ledger.add(lie);
  const { contradictions } = await pass();
  expect(contradictions).toHaveLength(1);
  expect(contradictions[0]!.evidence[0]!.kind).toBe('different-size-fork');
  ledger.add(lie);
  expect((await pass()).contradictions).toEqual([]);
  expect(ledger.standing(lie.text)).toBe('contradicts');
});

it('a refuted statement outlives a crash until what it proves has been stored', async () => {
  const { log, ledger, view, pass, state } = await setup(600);
  ledger.confirm(view(600));
  const lie = view(300, new FakeTree().append(300, 'lie'));
  ledger.add(lie);
  expect((await pass()).contradictions).toHaveLength(1);
  expect(state.statements(log.origin)).toEqual([lie.note]);
  ledger.forgetRefuted();
  expect(state.statements(log.origin)).toEqual([]);
});

it('two trees beyond the confirmed one are found to contradict before it has got there', async () => {
  const { ledger, view, pass } = await setup(600);
  ledger.confirm(view(100));
  ledger.add(view(300, new FakeTree().append(300, 'lie')));
  ledger.add(view(600));
  const { contradictions } = await pass();
  expect(contradictions.map(({ second }) => second.checkpoint.size)).toEqual([600]);
});

it('a log that is away decides nothing and is not suspected', async () => {
  const { log, ledger, view, pass } = await setup(600);
  ledger.confirm(view(600));
  ledger.add(view(300));
  log.down = true;
  expect(await pass()).toMatchObject({ contradictions: [], interrupted: true });
  log.down = false;
  expect(await pass()).toMatchObject({ undecided: [], interrupted: false });
});

it('keeps a bounded number of statements, whatever is shown, and the largest of them', async () => {
  const { log, ledger, view, pass, state } = await setup(0);
  const tree = new FakeTree().append(200, 'elsewhere');
  for (let size = 1; size <= 200; size++) ledger.add(view(size, tree));
  const kept = state.statements(log.origin);
  expect(kept.length).toBeLessThanOrEqual(64);
  expect(kept.some((note) => note.includes('\n200\n'))).toBe(true);
  log.tree = new FakeTree().append(300);
  ledger.confirm(view(300));
  await pass();
  const { contradictions } = await pass();
  expect(contradictions).toEqual([]);
  ledger.forgetRefuted();
  expect(state.statements(log.origin)).toEqual([]);
  expect(ledger.standing(view(200, tree).text)).toBe('contradicts');
});
