/**
 * A disk that is really full (a small file system of its own, which takes root): the log and the
 * witness answer 503 with their code, the monitor says so, all lose nothing, and go on by themselves
 * when there is room.
 */
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { RemoteError } from '#client/http.ts';
import { LogClient } from '#client/log-client.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { logServerConfigSchema } from '#log-server/config.ts';
import { initLog } from '#log-server/init.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { KEY_TYPES, makeSignerKey } from '#protocol/note/key.ts';
import { loadConfig } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { readSignerKey, writeSignerKey } from '#service/keys.ts';
import { DishonestLogControl } from '#test/support/dishonest-log-control.ts';
import { freshReceipt } from '#test/support/log.ts';
import { type Member, TestNetwork, tryGet } from '#test/support/network.ts';
import { canMount, SmallDisk } from '#test/support/small-disk.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { witnessConfigSchema } from '#witness/config.ts';
import { initWitness } from '#witness/init.ts';

/** Puts the database of a member, a new one, on a disk of its own. */
async function onSmallDisk(network: TestNetwork, member: Member): Promise<SmallDisk> {
  const disk = SmallDisk.mount(join(network.data, `disk-${member.name}`), 8)!;
  onTestFinished(() => disk.unmount());
  member.edit((config) => {
    const owner = config.logs?.[0].database === undefined ? config : config.logs[0];
    owner.database = join(disk.folder, 'data.db');
  });
  const { kind, config } = member.role;
  if (kind === 'log') await initLog(loadConfig(config, logServerConfigSchema));
  if (kind === 'witness') initWitness(loadConfig(config, witnessConfigSchema));
  return disk;
}

const withDisk = it.skipIf(!canMount());

withDisk('the log answers 503 storage-full, keeps all it has, and recovers', async () => {
  const network = await TestNetwork.create();
  const disk = await onSmallDisk(network, network.log);
  await network.startAll();
  const { policy, log } = network;
  const client = new LogClient(log.url);
  const kept = new Map<number, string>();
  const refused: Uint8Array[] = [];
  const submit = async (entry: Uint8Array): Promise<RemoteError | undefined> => {
    try {
      const { leaf_index, leaf_hash } = await client.submit(entry, { attempts: 1 });
      kept.set(leaf_index, leaf_hash);
      return undefined;
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      refused.push(entry);
      return error;
    }
  };
  for (let i = 0; i < 20; i++) expect(await submit(freshReceipt())).toBeUndefined();

  disk.fill();
  await until(async () => (await submit(freshReceipt())) !== undefined, { what: 'the disk full' });
  for (let i = 0; i < 5; i++) {
    const error = await submit(freshReceipt());
    expect(error?.status).toBe(503);
    expect(JSON.parse(error!.body!)).toMatchObject({ status: 503, code: 'storage-full' });
    expect(error?.retryAfterSeconds).toBeGreaterThan(0);
  }
  expect(log.process.isRunning).toBe(true);
  expect(await tryGet(`${log.url}/v1/log/proof?index=0`)).toContain('index 0\n');

  disk.makeRoom();
  const again = refused.splice(0);
  for (const entry of again) {
    await until(async () => (await submit(entry)) === undefined, { what: 'room again' });
  }
  const size = kept.size;
  await network.published(size);
  await network.settled(size);
  for (const [index, leaf] of kept) {
    expect(await client.proof({ leafHash: leaf })).toContain(`index ${index}\n`);
  }
  const source = new HttpTileSource(log.url);
  const report = await checkLog(source, { policy, entryTypes: entryTypes(['tecp-receipt']) });
  expect(report.problems).toEqual([]);
  expect(network.unexplained(await network.alerts())).toEqual([]);
});

withDisk(
  'a log whose high-water mark has no room takes no entry, says so, and recovers',
  async () => {
    const network = await TestNetwork.create();
    const { log } = network;
    const disk = SmallDisk.mount(join(network.data, 'disk-mark'), 1)!;
    onTestFinished(() => disk.unmount());
    log.edit((config) => {
      config.logs[0].high_water_mark = join(disk.folder, 'mark');
    });
    await network.startAll();
    const client = new LogClient(log.url);
    const submit = () => client.submit(freshReceipt(), { attempts: 1 }).catch((error) => error);
    expect(await submit()).toMatchObject({ leaf_index: 0 });

    const refusal = await until(
      async () => {
        // Each time, as a mark that takes the place of another one gives room back.
        disk.fill();
        const answer = await submit();
        return answer instanceof RemoteError && answer;
      },
      { what: 'no room for the mark' },
    );
    expect(JSON.parse(refusal.body!)).toMatchObject({ status: 503, code: 'storage-full' });
    expect(await tryGet(`${log.url}/readyz`)).toBeUndefined();

    disk.makeRoom();
    await until(async () => !((await submit()) instanceof RemoteError), { what: 'room again' });
    await until(async () => (await tryGet(`${log.url}/readyz`)) !== undefined, { what: 'ready' });
  },
);

withDisk('a witness answers 503 storage, signs nothing, and recovers', async () => {
  const network = await TestNetwork.create();
  const witness = network.witnesses[0]!;
  const disk = await onSmallDisk(network, witness);
  const log = new DishonestLogControl(join(network.data, 'log', 'log.key'));
  await witness.start();
  await log.append(5, 'a');
  expect(await log.offer('a', witness.url, 0)).toEqual({ kind: 'cosigned' });

  disk.fill();
  let cosigned = 5;
  const refusal = await until(
    async () => {
      await log.append(1, 'a');
      const answer = await log.offer('a', witness.url, cosigned);
      if (answer.kind === 'cosigned') cosigned = log.sizeOf('a');
      return answer.kind !== 'cosigned' && answer;
    },
    { what: 'the disk full' },
  );
  expect(refusal).toEqual({ kind: 'refused', status: 503, code: 'storage' });
  expect(await network.witnessSize(witness)).toBe(cosigned);
  expect(await tryGet(`${witness.url}/readyz`)).toBeUndefined();
  expect(witness.process.isRunning).toBe(true);

  disk.makeRoom();
  expect(await log.offer('a', witness.url, cosigned)).toEqual({ kind: 'cosigned' });
  expect(await network.witnessSize(witness)).toBe(log.sizeOf('a'));
  expect(await tryGet(`${witness.url}/readyz`)).toBeDefined();
  await witness.kill();
  await witness.start();
  expect(await network.witnessSize(witness)).toBe(log.sizeOf('a'));
});

withDisk(
  'whoever finds the disk full at its start ends with 1, so that it is started again',
  async () => {
    const network = await TestNetwork.create();
    for (const member of [network.log, network.witnesses[0]!, network.monitor]) {
      const disk = await onSmallDisk(network, member);
      await member.start();
      await member.stop();
      disk.fill();
      member.process.start();
      expect([member.name, (await member.process.ended).code]).toEqual([member.name, 1]);
      disk.makeRoom();
      await member.start();
      await member.stop();
    }
  },
);

withDisk('the monitor is not ready and not well, goes on watching, and recovers', async () => {
  const network = await TestNetwork.create();
  const { log, monitor } = network;
  const disk = await onSmallDisk(network, monitor);
  await network.startAll();
  const client = new LogClient(log.url);
  await client.submit(freshReceipt(), { waitForProof: true });
  await network.settled(1);
  const isReadyAndWell = async () => {
    const isReady = (await tryGet(`${monitor.url}/readyz`)) !== undefined;
    return isReady && (await network.monitorStatus()).ok;
  };
  await until(isReadyAndWell, { what: 'ready and well' });
  expect((await network.monitorStatus()).problems).toEqual([]);

  disk.fill();
  for (let i = 0; i < 20; i++) await client.submit(freshReceipt());
  await until(
    async () => {
      return (await tryGet(`${monitor.url}/readyz`)) === undefined;
    },
    { what: 'not ready' },
  );
  const status = await network.monitorStatus();
  expect(status.ok).toBe(false);
  expect(status.problems).toHaveLength(1);
  expect(await tryGet(`${monitor.url}/`)).toMatch(/the disk is full|the last write failed/);
  expect(await tryGet(`${monitor.url}/metrics`)).toContain('tecp_monitor_ok 0');
  expect(monitor.process.isRunning).toBe(true);

  disk.makeRoom();
  await network.settled(21);
  await until(isReadyAndWell, { what: 'ready and well again' });
});

withDisk('no half of a key file stays, so that the key can be made when there is room', () => {
  const disk = SmallDisk.mount(join(tempFolder(), 'keys'), 1)!;
  onTestFinished(() => disk.unmount());
  const path = join(disk.folder, 'log.key');
  const key = makeSignerKey('log.example', KEY_TYPES.ed25519, new Uint8Array(32).fill(7));
  disk.fill();
  expect(() => writeSignerKey(path, key)).toThrow(ConfigError);
  disk.makeRoom();
  writeSignerKey(path, key);
  expect(readSignerKey(path)).toEqual(key);
});
