/**
 * A log of strangers in the explorer: Tessera's own program writes it, the explorer finds its entries with their
 * proofs, and filippo.io/torchwood verifies the public files that the explorer serves of it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explorerConfigSchema } from '#explorer/config.ts';
import type { LogsAnswer, SearchAnswer } from '#explorer/search/answers.ts';
import { startExplorer } from '#explorer/server.ts';
import { Verifier } from '#explorer/web/verify/verifier.ts';
import { decodeBase64 } from '#protocol/base64.ts';
import { decodeUtf8, encodeUtf8, toHex } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { parseConfig } from '#service/config.ts';
import { newKey } from '#test/support/keys.ts';
import { silent } from '#test/support/log.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';
import { buildGo, hasGo, run } from './go-program.ts';
import { entryText, TesseraLogs } from './tessera-log.ts';

const key = newKey('log.example/tessera', KEY_TYPES.ed25519);

describe.skipIf(!hasGo)('an explorer of a log by Tessera', () => {
  const cleanup = new Cleanup();
  let tessera: TesseraLogs;
  let reader: string;
  let url: string;

  beforeAll(async () => {
    [tessera, reader] = await Promise.all([TesseraLogs.build(key), buildGo('./reader')]);
    await tessera.grow('log', 300);
    const log = await cleanup.serve((request, response) => {
      const file = join(tessera.at('log'), request.url!);
      if (!existsSync(file)) return void response.writeHead(404).end();
      response.end(readFileSync(file));
    });
    const settings = {
      listen: { port: 0 },
      database: 'explorer.db',
      logs: [{ url: log, vkey: key.verifier.text }],
      entry_types: ['opaque'],
      interval_ms: 50,
      workers: 1,
    };
    const path = join(cleanup.folder(), 'explorer.yaml');
    const config = parseConfig(JSON.stringify(settings), path, explorerConfigSchema);
    const explorer = await startExplorer(config, { logger: silent });
    cleanup.add(explorer.close);
    ({ url } = explorer);
  });
  afterAll(cleanup.run);

  async function json(path: string): Promise<unknown> {
    return await (await fetch(`${url}${path}`)).json();
  }

  async function readTo(size: number): Promise<LogsAnswer> {
    return await until(async () => {
      const answer = (await json('/v1/logs')) as LogsAnswer;
      return answer.logs[0]?.size === size && answer;
    });
  }

  /** By its leaf hash, judged as a visitor's browser does. */
  async function find(n: number, logs: LogsAnswer): Promise<void> {
    const leaf = toHex(leafHash(encodeUtf8(entryText(n))));
    const found = (await json(`/v1/search?leaf=${leaf}&limit=10`)) as SearchAnswer;
    const texts = found.entries.map(({ entry }) => decodeUtf8(decodeBase64(entry)));
    expect(texts).toEqual([entryText(n)]);
    const storage = { read: () => undefined, write: () => undefined };
    const verifier = new Verifier({ fetch, nowMs: Date.now, storage, url });
    expect((await verifier.logs(logs, Date.now())).findings).toEqual([]);
    const verdict = await verifier.search(found, { filters: { leaf }, limit: 10, askedMs: 0 });
    expect(verdict).toMatchObject({ isVerified: true, findings: [] });
  }

  it('finds its entries as it grows, each with a proof that verifies', async () => {
    await find(0, await readTo(300));
    await tessera.grow('log', 400);
    const logs = await readTo(700);
    for (const n of [7, 299, 300, 699]) await find(n, logs);
  });

  it('serves its files, which torchwood verifies', async () => {
    const [log] = (await readTo(700)).logs;
    const { stdout } = await run(reader, ['-log', key.verifier.text, `${url}${log!.files}`]);
    expect(stdout).toBe('700\n');
  });
});
