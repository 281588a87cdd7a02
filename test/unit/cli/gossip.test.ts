/** `tecp gossip` beside a monitor: what it takes out of files, what it prints, how it ends. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { gossipCommand } from '#cli/commands/gossip.ts';
import { endingOf } from '#cli/lib/errors.ts';
import { randomBytes } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import { tlogProofWriter } from '#protocol/proof/tlog-proof.ts';
import { createReceipt, encodeReceipt, withProof } from '#protocol/receipt/create.ts';
import { FakeTree } from '#test/support/fake-log.ts';
import { startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';
import { tempFolder } from '#test/support/temp.ts';

const HASH = encodeBase64Url(new Uint8Array(32));
const folder = tempFolder();
let net: Awaited<ReturnType<typeof startFakeNetwork>>;
let watcher: TestMonitor;

beforeAll(async () => {
  net = await startFakeNetwork();
  watcher = await TestMonitor.start({ policy: net.policy });
  await watcher.verified(10);
});
afterAll(async () => {
  await watcher?.close();
  await net?.close();
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Runs the command in this process. */
async function gossip(path: string, ...args: string[]) {
  const printed: string[] = [];
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
  try {
    const words = ['--monitor', watcher.url, ...args, path];
    await gossipCommand().exitOverride().parseAsync(words, { from: 'user' });
    return { code: process.exitCode, text: printed.join('') };
  } catch (error) {
    const { exitCode, message } = endingOf(error);
    return { code: exitCode, text: message };
  } finally {
    stdout.mockRestore();
    process.exitCode = undefined;
  }
}

function receipt(proof?: string): Uint8Array {
  const nonce = encodeBase64Url(randomBytes(16));
  const fields = { code_ref: 'git:abc', ts: Date.now(), nonce, policy_ids: ['no_pii'] };
  const bare = createReceipt({ ...fields, input_hash: HASH, output_hash: HASH }, randomBytes(32));
  return encodeReceipt(proof === undefined ? bare : withProof(bare, proof));
}

const proofOf = (note: string) => tlogProofWriter(note)({ index: 0, hashes: [] });

it('takes the checkpoint out of a note, a proof and a receipt, with or without a last newline', async () => {
  const note = net.log.sign();
  const files = [
    file('checkpoint', note),
    file('a.tlog-proof', proofOf(note)),
    file('a.tecp.json', receipt(proofOf(note))),
    file('b.tecp.json', `${Buffer.from(receipt(proofOf(note)))}\n`),
  ];
  for (const path of files) {
    const { code, text } = await gossip(path);
    expect([code, text.split(':')[0]]).toEqual([0, 'CONSISTENT']);
  }
});

it('hands over nothing but the checkpoint', async () => {
  const sent: string[] = [];
  const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async (_, init) => {
    sent.push(String(init?.body));
    throw new TypeError('no network');
  });
  const note = net.log.sign();
  await gossip(file('c.tecp.json', receipt(proofOf(note))));
  fetched.mockRestore();
  expect(sent).toEqual([note]);
});

it('ends with 1 and names the evidence when the log lied', async () => {
  const lie = net.log.sign(new FakeTree().append(10, 'lie'));
  const { code, text } = await gossip(file('lie', lie));
  expect(code).toBe(1);
  expect(text).toMatch(/^INCONSISTENT: /);
  const [{ id }] = await watcher.json('/evidence');
  expect(text).toContain(id);
});

it('ends with 3 while the log does not show how it fits, also as JSON', async () => {
  const lie = net.log.sign(new FakeTree().append(700, 'lie'));
  const { code, text } = await gossip(file('pending', lie), '--json');
  expect(code).toBe(3);
  expect(JSON.parse(text)).toMatchObject({ verdict: 'pending', size: 700 });
});

it('ends with 2 where there is no checkpoint, and with 1 where the monitor refuses it', async () => {
  expect((await gossip(file('bare.tecp.json', receipt()))).code).toBe(2);
  expect((await gossip(file('garbage', 'garbage'))).code).toBe(2);
  const { code, text } = await gossip(
    file('other', net.log.sign().replaceAll(net.log.origin, 'x')),
  );
  expect(code).toBe(1);
  expect(text).toContain('unknown-log');
});

it.each(['size', 'verified_size'])(
  'ends with 2 where a monitor tells of a %s that is none, and prints nothing of it',
  async (name) => {
    const facts = {
      verdict: 'consistent',
      reason: '',
      origin: '',
      root: '',
      size: 1,
      witnesses: [],
    };
    const answer = { ...facts, quorum_met: true, verified_size: 1, evidence: [] };
    const body = JSON.stringify({ ...answer, [name]: '\u001b]0;steered\u0007' });
    const server = createServer((_, outgoing) => outgoing.end(body)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const path = file('steered', net.log.sign());
    const { code, text } = await gossip(path, '--monitor', `http://127.0.0.1:${port}`);
    server.close().closeAllConnections();
    expect(code).toBe(2);
    expect(text).not.toContain('steered\u0007');
  },
);
