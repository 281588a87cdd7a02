/**
 * Trust policies that we write are read by parsers that others wrote, and mean the same to them:
 * github.com/transparency-dev/formats and filippo.io/torchwood.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POLICY_FILE } from '#cli/lib/layout.ts';
import { generateNetwork } from '#cli/network/generate.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { parseReceipt } from '#protocol/receipt/receipt.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';
import { readDocument } from '#test/unit/docs/markdown.ts';
import { buildGo, hasGo, run } from './go-program.ts';
import { startWitnessedLog } from './network.ts';

/** The policy of a network of three witnesses, as `tecp up` makes it. */
function generatedPolicy(): string {
  const content = generateNetwork(20_000, 3).find(({ path }) => path === POLICY_FILE)?.content;
  return String(content);
}

describe.skipIf(!hasGo)('a trust policy that we write', () => {
  const cleanup = new Cleanup();
  const folder = tempFolder();
  let program: string;

  beforeAll(async () => {
    program = await buildGo('./policy');
  });
  afterAll(cleanup.run);

  function file(name: string, content: string | Uint8Array): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }

  async function judge(...args: string[]): Promise<unknown> {
    const { stdout } = await run(program, args);
    return JSON.parse(stdout);
  }

  it('is read by formats: that of `tecp up`, and that of the examples for deployment', async () => {
    const generated = file('generated.txt', generatedPolicy());
    expect(await judge('-formats', generated)).toMatchObject({ endpoints: 3 });
    const example = file('example.txt', readDocument('deploy/examples/policy.txt'));
    expect(await judge('-formats', example)).toMatchObject({ endpoints: 3 });
  });

  it('is satisfied, to formats, by what our log publishes, and by no cosignature less', async () => {
    const { log, policyText } = await startWitnessedLog(cleanup, 3);
    await until(() => log.logs[0]!.published !== undefined);
    const note = parseNote(await (await fetch(`${log.url}/checkpoint`)).text());
    const policy = file('policy.txt', policyText);
    const satisfied = (signatures: typeof note.signatures) =>
      judge('-formats', policy, '-checkpoint', file('note', formatNote({ ...note, signatures })));
    expect(await satisfied(note.signatures)).toMatchObject({ satisfied: true });
    expect(await satisfied(note.signatures.slice(0, -1))).toMatchObject({ satisfied: false });
  });

  it('is refused by formats with a group named quorum, which our parser takes', async () => {
    const text = generatedPolicy().replaceAll('majority', 'quorum');
    expect(parsePolicy(text).quorum).toBe('quorum');
    const error = await judge('-formats', file('reserved.txt', text)).catch((reason) => reason);
    expect(error).toMatchObject({ code: 1, stderr: expect.stringContaining('invalid group name') });
  });

  it('makes torchwood verify the proof of our example receipt, and refuse another entry', async () => {
    const bytes = encodeUtf8(readDocument('docs/examples/receipt.json'));
    const { entryBytes, receipt } = parseReceipt(bytes);
    const policy = file('torchwood.txt', readDocument('docs/examples/policy.txt'));
    const proof = file('proof', receipt.log_inclusion!.proof);
    const verify = (entry: Uint8Array) =>
      judge('-torchwood', policy, '-proof', proof, '-entry', file('entry', entry));
    expect(await verify(entryBytes)).toMatchObject({ satisfied: true });
    await expect(verify(entryBytes.with(9, 0))).rejects.toMatchObject({ code: 1 });
  });
});
