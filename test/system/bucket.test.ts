/**
 * A log that publishes into a bucket, as processes: what readers of the bucket find while the log is killed, and
 * while the server for S3 fails in every way.
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { RemoteError } from '#client/http.ts';
import { FileTileSource } from '#client/tile-source.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import type { BucketFiles } from '#service/public-files/s3/bucket-files.ts';
import { policyOf } from '#test/support/fake-witness.ts';
import { problemOf } from '#test/support/http.ts';
import { logKey } from '#test/support/log.ts';
import { runTecp } from '#test/support/processes.ts';
import { S3_KINDS } from '#test/support/s3/build.ts';
import type { Fault } from '#test/support/s3/proxy.ts';
import { S3Server } from '#test/support/s3/server.ts';
import { SteeredLog } from '#test/support/steered-log.ts';
import { until } from '#test/support/wait.ts';

describe.runIf(S3_KINDS.includes('versitygw'))('a log with a bucket', () => {
  let server: S3Server;
  let log: SteeredLog;
  let place: string;
  let files: BucketFiles;

  beforeAll(async () => {
    server = await S3Server.start('versitygw');
    Object.assign(process.env, server.environment);
    return () => server.close();
  });
  beforeEach(async () => {
    server.proxy.faultOf = () => undefined;
    place = server.newPlace();
    files = server.open(place);
    log = await SteeredLog.create({ tiles: place });
  });

  /** Size of the tree that a reader of the bucket finds: its quorum, tiles and entries are there and right. */
  async function audited(): Promise<number> {
    const policy = parsePolicy(`log ${logKey().verifier.text}\n${policyOf(log.witnesses, 2)}`);
    const source = new FileTileSource(async (path) => {
      const bytes = await files.read(path);
      if (bytes !== undefined) return bytes;
      throw new RemoteError('status', `http://bucket/${path}`, 'not there', { status: 404 });
    });
    const report = await checkLog(source, { policy, entryTypes: entryTypes(['tecp-receipt']) });
    expect(report.problems).toEqual([]);
    return report.entriesChecked;
  }

  async function reaches(size: number): Promise<void> {
    const shown = async () => (await files.checkpoint())?.note.split('\n')[1] === String(size);
    await until(shown, { what: `size ${size} in the bucket` });
  }

  it('killed in the middle of publishing, goes on where the bucket says, and every audit passes', async () => {
    await log.start('init');
    await log.takesEntries();
    let size = 1;
    await reaches(size);
    for (let round = 0; round < 5; round++) {
      // It is killed at one request or another of those that this growth takes.
      let requests = 0;
      const killed = Promise.withResolvers<void>();
      server.proxy.faultOf = ({ method }) => {
        if (method !== 'PUT' || ++requests !== 1 + round) return undefined;
        void log.stop('SIGKILL').then(() => killed.resolve());
        return round % 2 === 0 ? 'cut' : 'act-then-cut';
      };
      void log.growBy(300).catch(() => undefined);
      const timer = setTimeout(() => void log.stop('SIGKILL').then(() => killed.resolve()), 20_000);
      await killed.promise;
      clearTimeout(timer);
      server.proxy.faultOf = () => undefined;
      const before = await audited();
      expect(before).toBeGreaterThanOrEqual(size);
      const asked = server.proxy.asked.length;
      await log.start();
      await log.takesEntries();
      const { leaf_index } = (await (await log.submit()).json()) as { leaf_index: number };
      size = leaf_index + 1;
      await reaches(size);
      expect(await audited()).toBe(size);
      const lists = server.proxy.asked
        .slice(asked)
        .filter(({ path }) => path.includes('list-type'));
      for (const { path } of lists) expect(path).toContain('.p%2F');
    }
    await log.stop();
  });

  it.each<Fault>(['busy', 'hang', 'cut', 'act-then-error'])(
    'meets %s at the server for S3: entries wait, no checkpoint is without its tiles, and all goes on',
    async (fault) => {
      await log.start('init');
      await log.takesEntries();
      await log.growBy(260);
      const size = 261;
      await reaches(size);
      server.proxy.faultOf = ({ method }) => (method === 'PUT' ? fault : undefined);
      const taken = await log.submit();
      expect(taken.status).toBe(200);
      await until(async () => (await fetch(`${log.url}/readyz`)).status === 503, {
        what: 'trouble',
      });
      const refused = await problemOf(await log.submit());
      expect(refused).toMatchObject({ status: 503, code: 'tiles-unavailable' });
      expect(await audited()).toBeGreaterThanOrEqual(size);
      const shown = await fetch(`${log.url}/checkpoint`);
      expect((await shown.text()).split('\n')[1]).toBe(String(size));

      server.proxy.faultOf = () => undefined;
      await log.takesEntries();
      const { leaf_index } = (await (await log.submit()).json()) as { leaf_index: number };
      await reaches(leaf_index + 1);
      expect(await audited()).toBe(leaf_index + 1);
    },
  );

  it('cut off from it, also at a start, signs nothing; slow it catches up, never with a checkpoint before its tiles', async () => {
    await log.start('init');
    await log.takesEntries();
    await log.growBy(260);
    const size = 261;
    await reaches(size);
    files = server.open(place, {
      ...server.environment,
      AWS_ENDPOINT_URL_S3: server.proxy.direct,
    });
    server.proxy.faultOf = () => 'hang';
    expect((await log.submit()).status).toBe(200);
    await until(async () => {
      const answer = await log.submit();
      return answer.status !== 200 && (await problemOf(answer)).code === 'tiles-unavailable';
    });
    await log.stop('SIGKILL');
    await log.start();
    await until(async () => /s3:.* no answer within/.test(await log.readyReason()), {
      what: 'the reason',
    });
    const refused = await log.submit();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(Math.max(...log.offeredSizes())).toBe(size);
    expect(await audited()).toBe(size);
    const shown = await fetch(`${log.url}/checkpoint`);
    expect((await shown.text()).split('\n')[1]).toBe(String(size));

    server.proxy.faultOf = () => 'slow';
    await log.takesEntries();
    await log.growBy(300);
    for (let looks = 0; looks < 2; looks++) expect(await audited()).toBeGreaterThanOrEqual(size);
    const { leaf_index } = (await (await log.submit()).json()) as { leaf_index: number };
    await reaches(leaf_index + 1);
    expect(await audited()).toBe(leaf_index + 1);
  });

  it('is exported into another by a command, which carries on', async () => {
    await log.start('init');
    await log.takesEntries();
    await log.growBy(260);
    await reaches(261);
    const other = server.newPlace();
    const args = ['log', 'export', '--to', other, '--config', log.config];
    const first = await runTecp(args);
    expect(first, first.stderr).toMatchObject({ code: 0, stdout: `${other}\n` });
    files = server.open(other);
    const size = await audited();
    await log.growBy(5);
    files = server.open(place);
    await reaches(size + 5);
    expect((await runTecp(args)).stderr).toContain('5 of its entries are new there');
    files = server.open(other);
    expect(await audited()).toBe(size + 5);
    const nowhere = await runTecp(['log', 'export', '--to', 's3://b', '--config', log.config]);
    expect(nowhere).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/is no place such as s3:/),
    });
  });
});
