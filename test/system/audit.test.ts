/** `tecp audit` as users start it, on logs in folders: once, and going on from what the last one left. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatState, parseState } from '#cli/lib/audit-state.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { tecp } from '#test/support/cli.ts';
import { freshReceipt, logKey } from '#test/support/log.ts';
import { writeLogFolder } from '#test/support/log-folder.ts';
import { MemorySource } from '#test/support/memory-source.ts';
import { tempFolder } from '#test/support/temp.ts';

const key = logKey();
const receipts = Array.from({ length: 600 }, () => freshReceipt());
const cwd = tempFolder();
const folder = join(cwd, 'log');
const POLICY = ['--policy', 'policy.txt'];
const policyText = `log ${key.verifier.text}\nquorum none\n`;

beforeAll(() => {
  writeFileSync(join(cwd, 'policy.txt'), policyText);
  writeLogFolder(folder, new MemorySource(key).append(...receipts).sign());
});

it('a folder is audited by its path or its URL', async () => {
  for (const log of ['log', folder, pathToFileURL(folder).href]) {
    const { code, stdout } = await tecp(['audit', log, ...POLICY, '--json'], { cwd });
    expect(code).toBe(0);
    const report = JSON.parse(stdout.toString());
    expect(report).toMatchObject({ ok: true, size: 600, entries_checked: 600, tiles_checked: 4 });
  }
});

it('what is neither a URL nor a folder is said to be so, with exit code 2', async () => {
  for (const log of ['nowhere', 'policy.txt', 'file://host/log', 'ftp://127.0.0.1/log']) {
    const { code, stderr } = await tecp(['audit', log, ...POLICY], { cwd });
    expect({ log, code }).toEqual({ log, code: 2 });
    expect(stderr).toMatch(/^tecp: [^\n]+\.\n$/);
  }
});

describe('with what the last audit left', () => {
  const small = logOf(300);
  const large = logOf(600);

  function logOf(size: number, signer = key): MemorySource {
    return new MemorySource(signer).append(...receipts.slice(0, size)).sign();
  }

  async function audit(...args: string[]) {
    const command = ['audit', 'grown', ...POLICY, '--since', 'last', '--json', ...args];
    const { code, stdout, stderr } = await tecp(command, { cwd });
    return { code, stderr, report: code === 2 ? undefined : JSON.parse(stdout.toString()) };
  }

  const left = async () => {
    return await parseState(readFileSync(join(cwd, 'last'), 'utf8'), parsePolicy(policyText));
  };

  it('only what is new is read, and everything with --whole or judged in another way', async () => {
    writeLogFolder(join(cwd, 'grown'), small);
    const first = await audit();
    expect(first.report).toMatchObject({ entries_checked: 300, since: { from: 0, updated: true } });
    writeLogFolder(join(cwd, 'grown'), large);
    const next = await audit();
    expect(next.report).toMatchObject({ ok: true, size: 600, entries_checked: 300 });
    expect(next.report.since).toMatchObject({ size: 300, from: 300, updated: true });
    expect(await audit()).toMatchObject({ code: 0, report: { entries_checked: 0 } });
    const treeOnly = await audit('--tree-only');
    expect(treeOnly.report).toMatchObject({ entries_checked: 600, entries_judged: false });
    expect(await audit()).toMatchObject({ report: { entries_checked: 600, entries_judged: true } });
    expect(await audit('--whole')).toMatchObject({ report: { entries_checked: 600 } });
    expect((await left()).walked?.tree.size).toBe(600);
  });

  it('an audit that was interrupted goes on, and one that finds something wrong is not passed over', async () => {
    writeLogFolder(join(cwd, 'grown'), large);
    const walked = { tree: treeOf(receipts.slice(0, 300)), checked: 'tecp-receipt' };
    writeFileSync(join(cwd, 'last'), formatState(large.note!, walked));
    const path = join(cwd, 'grown/tile/entries/001');
    const bundle = readFileSync(path);
    const bad = Buffer.from(bundle);
    bad.set(Buffer.from('no_retentiom'), bad.lastIndexOf('no_retention'));
    writeFileSync(path, bad);
    const wrong = await audit();
    expect(wrong).toMatchObject({ code: 1, report: { since: { from: 300, updated: false } } });
    expect(wrong.report.problems[0]).toMatchObject({ where: 'entry 511', code: 'E-SIG-002' });
    writeFileSync(path, bundle);
    expect(await audit()).toMatchObject({ code: 0, report: { entries_checked: 300 } });
  });

  it('that was changed, or is of another log or key, nothing is judged', async () => {
    writeLogFolder(join(cwd, 'grown'), large);
    const checked = 'tecp-receipt';
    const otherKey = logOf(300, logKey('log.example/test', 9));
    const other = logKey('log.example/other', 9);
    const otherLog = logOf(300, other);
    const trusted = policyText.replace('quorum', `log ${other.verifier.text}\nquorum`);
    writeFileSync(join(cwd, 'policy.txt'), trusted);
    for (const state of [
      formatState(large.note!, { tree: treeOf(receipts.slice(1, 301)), checked }),
      formatState(small.note!, { tree: treeOf(receipts.slice(1, 301)), checked }),
      formatState(otherKey.note!, { tree: small.tree, checked }),
      formatState(otherLog.note!, { tree: small.tree, checked }),
    ]) {
      writeFileSync(join(cwd, 'last'), state);
      const { code, stderr } = await audit();
      expect(code).toBe(2);
      expect(stderr).toMatch(/^tecp: [^\n]+\.\n$/);
      expect(readFileSync(join(cwd, 'last'), 'utf8')).toBe(state);
    }
  });

  it('that the log contradicts: evidence, and all of it is read again', async () => {
    writeLogFolder(join(cwd, 'grown'), large);
    const fork = new MemorySource(key).append(...receipts.slice(300, 600)).sign();
    const state = formatState(fork.note!, { tree: fork.tree, checked: 'tecp-receipt' });
    writeFileSync(join(cwd, 'last'), state);
    const { code, report } = await audit();
    expect([code, report.entries_checked]).toEqual([1, 600]);
    expect(report.problems[0].detail).toContain('evidence is in last.');
    expect(readFileSync(join(cwd, 'last'), 'utf8')).toBe(state);
  });
});

function treeOf(entries: readonly Uint8Array[]): TileBuilder {
  const tree = TileBuilder.empty();
  for (const entry of entries) tree.append(leafHash(entry));
  return tree;
}
