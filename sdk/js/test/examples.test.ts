/** The examples do what they say: each receipt that they hand out is about what went in and what came out. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { sha256 } from '#crypto';
import { decodeBase64, encodeBase64Url } from '#protocol/base64.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { parseReceipt } from '#protocol/receipt/receipt.ts';
import { startTestLog } from '#test/support/log.ts';
import { Cleanup } from '#test/support/witness.ts';
import { receipted } from '../examples/express.ts';
import { receipts } from '../examples/hono.ts';
import { fileContent, IssuerKey, parsePolicy, verifyReceipt } from '../src/index.ts';

const key = IssuerKey.generate();
const cleanup = new Cleanup();
afterEach(cleanup.run);

async function expectReceipt(url: string, input: string, output: string): Promise<void> {
  const response = await fetch(`${url}/work`, { method: 'POST', body: input });
  expect(await response.text()).toBe(output);
  const bytes = decodeBase64(response.headers.get('tecp-receipt')!);
  const verdict = verifyReceipt(bytes, { nowMs: Date.now(), trustedKeys: [key.publicKey] });
  expect(verdict.errors).toEqual([]);
  expect(parseReceipt(bytes).receipt).toMatchObject({
    input_hash: encodeBase64Url(sha256(encodeUtf8(input))),
    output_hash: encodeBase64Url(sha256(encodeUtf8(output))),
  });
}

describe('a server', () => {
  it('in Hono gives its answers receipts', async () => {
    const app = new Hono();
    app.use(receipts(key));
    app.post('/work', async (c) => c.text(`${await c.req.text()}, done`));
    const url = await cleanup.serve(getRequestListener(app.fetch));
    await expectReceipt(url, 'grüße', 'grüße, done');
  });

  it('in Express gives its answers receipts', async () => {
    const app = express();
    const work = (input: Uint8Array) => Buffer.from(`${Buffer.from(input)}, done`);
    app.post('/work', receipted(key, work));
    const url = await cleanup.serve(app);
    await expectReceipt(url, 'grüße', 'grüße, done');
  });
});

it('the quick start writes a receipt with a proof of the log', async () => {
  const log = await startTestLog();
  cleanup.add(() => log.close());
  const file = join(log.folder, 'out.tecp.json');
  const program = join(import.meta.dirname, '../examples/quickstart.ts');
  await promisify(execFile)(process.execPath, [program, log.url, file]);
  const written = readFileSync(file);
  expect(written.at(-1)).toBe(0x0a);
  const policy = parsePolicy(readFileSync(join(log.folder, 'policy.txt')));
  const verdict = verifyReceipt(fileContent(written), { nowMs: Date.now(), policy });
  expect(verdict).toMatchObject({ valid: true, index: 0, origin: 'log.example/test' });
});
