/** A log that lies to whoever looks at it: `show`, `tail` and `audit`, as users start them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { tlogProofWriter } from '#protocol/proof/tlog-proof.ts';
import { resultOf, spawnTecp, tecp } from '#test/support/cli.ts';
import { FakeLog, FakeTree, fakePolicy, PuppetWitness, publish } from '#test/support/fake-log.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0)) await item.close();
});

/** A log of these entries, cosigned, and the flags that name it and a folder whose policy lists it. */
async function hostileLog(...entries: string[]) {
  const log = await new FakeLog().start();
  closing.push(log);
  const witness = new PuppetWitness('w');
  witness.url = log.url;
  log.tree.append(entries.map(encodeUtf8));
  publish(log, [witness]);
  const data = tempFolder();
  writeFileSync(join(data, 'policy.txt'), fakePolicy([log], [witness]));
  return { log, flags: ['--data', data, '--log', log.url] };
}

/** Has a log of two entries answer a question for a proof with the one of an entry. */
function answerProof(log: FakeLog, question: string, index: 0 | 1): void {
  const [first, second] = log.tree.entries.map(leafHash);
  const hashes = second === undefined ? [] : [index === 0 ? second : first!];
  const proof = tlogProofWriter(String(log.note))({ index, hashes });
  log.overrides.set(`v1/log/proof?${question}`, proof);
}

it('an entry that is asked for by its hash is that entry, or none', async () => {
  const { log, flags } = await hostileLog('one', 'other');
  const hash = toHex(leafHash(encodeUtf8('one')));
  answerProof(log, 'index=0', 0);
  answerProof(log, 'index=1', 1);
  answerProof(log, `leaf=${hash}`, 0);
  expect(await tecp(['show', hash, ...flags])).toMatchObject({ code: 0 });
  answerProof(log, `leaf=${hash}`, 1);
  const { code, stdout } = await tecp(['show', hash, ...flags]);
  expect([code, stdout.toString()]).toEqual([1, '']);
});

it('what is no proof, or one of another entry, is not handed on as the proof of an index', async () => {
  const { log, flags } = await hostileLog('one', 'other');
  const proof = async () => {
    const { code, stdout } = await tecp(['proof', '--index', '0', ...flags]);
    return [code, stdout.toString()];
  };
  answerProof(log, 'index=0', 0);
  expect(await proof()).toEqual([0, log.overrides.get('v1/log/proof?index=0')]);
  answerProof(log, 'index=0', 1);
  expect(await proof()).toEqual([1, '']);
  log.overrides.set('v1/log/proof?index=0', '\u001b[2Jno proof');
  expect(await proof()).toEqual([1, '']);
});

it('a title as long as an entry takes no more than a line of a list', async () => {
  const { flags } = await hostileLog(
    `{"code_ref":"${'\u009b'.repeat(30_000)}","version":"TECP-0.1"}`,
  );
  const { code, stdout } = await tecp(['ls', ...flags]);
  expect(code).toBe(0);
  expect(stdout.length).toBeLessThan(2000);
});

it('an entry without end of nesting, or with a member twice, is shown as it stands', async () => {
  const depth = 30_000;
  const deep = `{"version":"TECP-0.1","a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  const twice = '{"version":"TECP-0.1","code_ref":"good","code_ref":"bad"}';
  const { log, flags } = await hostileLog(deep, twice);
  for (const [index, entry] of [deep, twice].entries()) {
    answerProof(log, `index=${index}`, index as 0 | 1);
    const { code, stdout } = await tecp(['show', String(index), ...flags]);
    expect(code).toBe(0);
    expect(stdout.toString().endsWith(`\n${entry}\n`)).toBe(true);
    const json = await tecp(['show', String(index), ...flags, '--json']);
    const { entry_base64 } = JSON.parse(json.stdout.toString());
    expect(Buffer.from(entry_base64, 'base64').toString()).toBe(entry);
  }
});

it('an audit tells first that it contradicts itself, whatever else is wrong', async () => {
  const { log, flags } = await hostileLog('one');
  const [, data] = flags;
  const file = join(data!, 'log.checkpoint');
  writeFileSync(file, log.sign(new FakeTree().append(1, 'other')));
  log.note = log.sign();
  const audit = ['audit', log.url, '--policy', join(data!, 'policy.txt'), '--since', file];
  const { code, stdout } = await tecp(audit);
  expect(code).toBe(1);
  expect(stdout.toString()).toMatch(/^WRONG: stored-checkpoint: .* evidence is in /);
  expect(stdout.toString()).toContain('NOT met');
});

it('whoever follows it gets each entry once, also where the log fails halfway', async () => {
  const { log, flags } = await hostileLog('one');
  const child = spawnTecp(['tail', '--follow', '--json', ...flags]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout!.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until(() => said.includes('"index":0'));
  log.overrides.set('tile/entries/001.p/44', 503);
  log.tree.append(299);
  log.note = log.sign();
  await until(() => log.requests.filter((path) => path === 'tile/entries/001.p/44').length > 1);
  log.overrides.clear();
  await until(() => said.includes('"index":299'));
  const indices = said.match(/(?<="index":)\d+/g)!.map(Number);
  expect(indices).toEqual(Array.from({ length: 300 }, (_, i) => i));
});

it('whoever follows it is told when its checkpoints are no longer cosigned, or of another log', async () => {
  const { log, flags } = await hostileLog('one');
  const child = spawnTecp(['tail', '--follow', '--json', ...flags]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.on('data', (chunk: Buffer) => {
      said[name] += chunk.toString();
    });
  }
  const ended = resultOf(child);
  await until(() => said.stdout.includes('"index":0'));
  log.tree.append([encodeUtf8('two')]);
  log.note = log.sign();
  await until(() => said.stdout.includes('"index":1'));
  await until(() => said.stderr.includes('lacks the quorum'));
  const other = new FakeLog('other.example/log');
  log.note = other.sign(log.tree.append([encodeUtf8('three')]));
  expect(await ended).toMatchObject({ code: 1, stderr: expect.stringContaining('other.example') });
  expect(said.stdout).not.toContain('"index":2');
});
