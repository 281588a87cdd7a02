/** An explorer of two real logs, one of receipts and one that a witness cosigns, in this process and with all pages. */
import { join } from 'node:path';
import { explorerConfigSchema } from '#explorer/config.ts';
import { startExplorer } from '#explorer/server.ts';
import { JSON_MEDIA_TYPE } from '#protocol/entry/entry-type.ts';
import { parseConfig } from '#service/config.ts';
import { FakeLog, fakePolicy, PuppetWitness, publish } from './fake-log.ts';
import { freshReceipt, silent, startTestLog, type TestLog } from './log.ts';
import { tempFile } from './temp.ts';
import { until } from './wait.ts';
import type { Cleanup } from './witness.ts';

export interface Explored {
  readonly url: string;
  /** Of receipts. */
  readonly log: TestLog;
  /** Of other entries, cosigned. */
  readonly foreign: FakeLog;
  readonly witness: PuppetWitness;
  /** Has the log take more, and waits until they can be searched. */
  add(receipts: readonly Uint8Array[]): Promise<void>;
}

export async function startExplored(
  cleanup: Cleanup,
  receipts: readonly Uint8Array[] = Array.from({ length: 60 }, (_, i) => exampleReceipt(i)),
): Promise<Explored> {
  const log = await startTestLog();
  cleanup.add(() => log.close());
  const foreign = await new FakeLog('foreign.example').start();
  cleanup.add(() => foreign.close());
  const witness = await new PuppetWitness('witness.example/w').start();
  cleanup.add(() => witness.close());
  foreign.tree.append(40);
  publish(foreign, [witness]);
  const policy = tempFile('policy.txt', fakePolicy([foreign], [witness]));
  const document = {
    listen: { port: 0 },
    database: 'explorer.db',
    interval_ms: 50,
    workers: 1,
    entry_types: ['tecp-receipt', 'opaque'],
    logs: [
      { url: log.url, vkey: log.key.verifier.text },
      { url: foreign.url, policy },
    ],
    limits: { requests: { per_second: 100_000, burst: 1_000_000 } },
  };
  const path = join(cleanup.folder(), 'explorer.yaml');
  const config = parseConfig(JSON.stringify(document), path, explorerConfigSchema);
  const { url, close } = await startExplorer(config, { logger: silent });
  cleanup.add(close);
  const isRead = async (origin: string, size: number) => {
    const { logs } = (await (await fetch(`${url}/v1/logs`)).json()) as {
      logs: { log: string; size: number }[];
    };
    return logs.some((one) => one.log === origin && one.size === size);
  };
  const served = log.served[0]!;
  let size = 0;
  const add = async (more: readonly Uint8Array[]) => {
    await served.sequence(
      await Promise.all(more.map((receipt) => served.admit(receipt, JSON_MEDIA_TYPE))),
    );
    size += more.length;
    await until(() => isRead(log.key.verifier.name, size));
  };
  await add(receipts);
  await until(() => isRead(foreign.origin, 40));
  return { url, log, foreign, witness, add };
}

const HOUR_MS = 3_600_000;

/** Of several hours, kinds of code and policies. */
export function exampleReceipt(i: number): Uint8Array {
  return freshReceipt({
    ts: Date.now() - (i % 7) * HOUR_MS,
    code_ref:
      i % 5 === 0 ? `build:sha256:${'0123456789abcdef'.repeat(4)}` : `git:${'ab'.repeat(20)}`,
    policy_ids: i % 3 === 0 ? ['no_retention', 'region_eu'] : ['no_retention'],
  });
}
