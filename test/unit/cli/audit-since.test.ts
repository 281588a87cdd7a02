/** The checkpoint that an auditor keeps: what is told, and what is kept, where the log contradicts it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { compareWithSaved, Since } from '#cli/audit/since.ts';
import { parseState } from '#cli/lib/audit-state.ts';
import type { SignedCheckpoint } from '#client/compare.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { parseEvidence, verifyEvidence } from '#protocol/evidence/evidence.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { openWithPolicy, parsePolicy } from '#protocol/policy/policy.ts';
import { FakeLog, FakeTree, fakePolicy, PuppetWitness } from '#test/support/fake-log.ts';
import { tempFolder } from '#test/support/temp.ts';

const log = new FakeLog();
const witnesses = ['a', 'b'].map((name) => new PuppetWitness(name));
for (const server of [log, ...witnesses]) server.url = 'http://127.0.0.1:9';
const policy = parsePolicy(fakePolicy([log], witnesses));

/** Of a tree of this label, with everybody's cosignatures. */
function signed(label: string): SignedCheckpoint {
  const tree = new FakeTree().append(3, label);
  const note = witnesses.reduce((all, witness) => witness.cosign(all, 1), log.sign(tree));
  return { note, checkpoint: openWithPolicy(note, policy).checkpoint };
}

/** What is wrong with a log that signed two trees of one size, which takes no tiles to prove. */
async function contradicted(path: string) {
  const source = new HttpTileSource(log.url);
  return await compareWithSaved(path, signed('one'), signed('other'), source, policy);
}

it('evidence against each key that signed both trees is kept, in a file of its own', async () => {
  const path = join(tempFolder(), 'log.checkpoint');
  const problems = await contradicted(path);
  const files = readdirSync(dirname(path));
  const verdicts = files.map((name) =>
    verifyEvidence(parseEvidence(readFileSync(join(dirname(path), name)))),
  );
  const keys = [log.key, ...witnesses.flatMap((witness) => witness.keys)];
  expect(verdicts.map(({ accused }) => accused).sort()).toEqual(
    keys.map(({ verifier }) => verifier.text).sort(),
  );
  expect(verdicts.every(({ proven }) => proven)).toBe(true);
  for (const name of files) expect(problems[0]!.detail).toContain(name);
});

it('that the log contradicts it is told also where no evidence can be written', async () => {
  const problems = await contradicted(join(tempFolder(), 'nowhere', 'log.checkpoint'));
  expect(problems).toMatchObject([{ kind: 'stored-checkpoint' }]);
  expect(problems[0]!.detail).toContain('evidence is not kept: Cannot write');
});

const options = { policy, checked: 'opaque', whole: false };
const none = TileBuilder.empty();

it('why it cannot be saved is told after what the audit found, so it is not thrown', async () => {
  const folder = join(tempFolder(), 'gone');
  mkdirSync(folder);
  const since = await Since.open(join(folder, 'log.checkpoint'), options);
  await since.begin(signed('one'), new HttpTileSource(log.url));
  expect(await since.save(none)).toBeUndefined();
  rmSync(folder, { recursive: true });
  expect(await since.save(none)).toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('Cannot write'),
  });
});

it('how far an audit has got is saved every few seconds, while nothing is wrong', async () => {
  const path = join(tempFolder(), 'log.checkpoint');
  let nowMs = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  onTestFinished(() => clock.mockRestore());
  const since = await Since.open(path, options);
  await since.begin(signed('one'), new HttpTileSource(log.url));
  const savedSize = async () =>
    (await parseState(readFileSync(path, 'utf8'), policy)).walked?.tree.size;
  const tree = TileBuilder.empty();
  await since.progress(tree, 0);
  expect(existsSync(path)).toBe(false);
  nowMs += 2500;
  tree.append(leafHash(new Uint8Array()));
  await since.progress(tree, 1);
  expect(existsSync(path)).toBe(false);
  await since.progress(tree, 0);
  expect(await savedSize()).toBe(1);
  tree.append(leafHash(new Uint8Array()));
  await since.progress(tree, 0);
  expect(await savedSize()).toBe(1);
  nowMs += 2500;
  await since.progress(tree, 0);
  expect(await savedSize()).toBe(2);
});

it('nothing is saved of a walk towards a tree that contradicts the file', async () => {
  const path = join(tempFolder(), 'log.checkpoint');
  const before = signed('other').note;
  writeFileSync(path, before);
  const since = await Since.open(path, options);
  const { problems, from } = await since.begin(signed('one'), new HttpTileSource(log.url));
  expect([problems.length, from]).toEqual([1, undefined]);
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => 1e9);
  onTestFinished(() => clock.mockRestore());
  await since.progress(none, 0);
  expect(readFileSync(path, 'utf8')).toBe(before);
});
