/** The checkpoint that an auditor keeps: what is told, and what is kept, where the log contradicts it. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { compareWithSaved, saveCheckpoint } from '#cli/audit/since.ts';
import type { SignedCheckpoint } from '#client/compare.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { parseEvidence, verifyEvidence } from '#protocol/evidence/evidence.ts';
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

it('why a checkpoint cannot be saved is told after what the audit found, so it is not thrown', async () => {
  const today = signed('one');
  const failure = await saveCheckpoint(join(tempFolder(), 'nowhere', 'x'), today);
  expect(failure).toMatchObject({ exitCode: 2, message: expect.stringContaining('Cannot write') });
  const path = join(tempFolder(), 'log.checkpoint');
  expect(await saveCheckpoint(path, today)).toBeUndefined();
  expect(readFileSync(path, 'utf8')).toBe(today.note);
});
