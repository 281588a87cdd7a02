/**
 * That a bucket is a place of public files and of tiles, on a server for S3 that others have made, whatever
 * becomes of requests on their way. A server in a file of its own: they mostly wait.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FilesCopy } from '#log-server/mirror/files-copy.ts';
import { type PublicFiles, PublicFilesError } from '#service/public-files/public-files.ts';
import { PlaceTiles } from '#test/support/place-tiles.ts';
import type { S3Kind } from '#test/support/s3/build.ts';
import type { Fault } from '#test/support/s3/proxy.ts';
import { S3Server } from '#test/support/s3/server.ts';
import { describeMirrorCopy } from '#test/unit/log-server/mirror-copy-suite.ts';
import { describeTilePublication } from '#test/unit/log-server/tile-publication-suite.ts';
import { describePublicFiles } from '#test/unit/service/public-files-suite.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

export interface S3Support {
  /** Whether of several writers at one moment one alone succeeds. */
  readonly isAtomic: boolean;
  /** Whether it says that a bucket is not there. */
  readonly knowsBuckets: boolean;
}

export function describeBucket(kind: S3Kind, { isAtomic, knowsBuckets }: S3Support): void {
  let server: S3Server;
  beforeAll(async () => {
    server = await S3Server.start(kind);
  });
  afterAll(() => server?.close());

  const breakDown = () => {
    server.proxy.faultOf = () => 'cut';
  };
  const mend = () => {
    server.proxy.faultOf = () => undefined;
  };

  describePublicFiles(`a bucket on ${kind}`, () => {
    const place = server.newPlace();
    return { open: () => server.open(place), breakDown, mend };
  });

  describeTilePublication(`a bucket on ${kind}`, (store) => {
    const files = server.open(server.newPlace());
    return { open: () => new PlaceTiles(files, store), breakDown, mend };
  });

  describeMirrorCopy(`a bucket on ${kind}`, () => {
    const place = server.newPlace();
    const open = () => server.open(place);
    const readEvidence = async (path: string) => {
      const files = open();
      return (await files.read(path.slice(files.name.length + 1)))!;
    };
    return { open: () => FilesCopy.open(open()), readEvidence };
  });

  it.runIf(isAtomic)(
    'lets one of many writers write a file, and tells the others that it has',
    async () => {
      const place = server.newPlace();
      const writers = Array.from({ length: 6 }, () => server.open(place));
      for (const path of ['tile/0/000', 'tile/0/001', 'tile/0/002']) {
        const outcomes = await Promise.allSettled(
          writers.map((files, i) => files.put(path, bytesOf(`writer ${i}`))),
        );
        const winners = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
        expect(winners).toHaveLength(1);
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') {
            expect(outcome.reason).toMatchObject({ kind: 'different' });
          }
        }
        const there = await writers[0]!.read(path);
        expect(new TextDecoder().decode(there)).toBe(`writer ${winners[0]}`);
      }
    },
  );

  it.runIf(isAtomic)(
    'lets one of many writers replace the checkpoint, and tells the others',
    async () => {
      const place = server.newPlace();
      const writers = Array.from({ length: 6 }, () => server.open(place));
      let before = await writers[0]!.replaceCheckpoint('0', undefined);
      for (let round = 0; round < 5; round++) {
        const outcomes = await Promise.allSettled(
          writers.map((files, i) => files.replaceCheckpoint(`${round} by ${i}`, before)),
        );
        const won = outcomes.flatMap((o) => (o.status === 'fulfilled' ? [o.value] : []));
        expect(won).toHaveLength(1);
        expect(await writers[0]!.checkpoint()).toEqual(won[0]);
        before = won[0]!;
      }
    },
  );

  it('asks again where no answer comes', async () => {
    const files = server.open(server.newPlace());
    await files.put('tile/0/000', bytesOf('one'));
    let hung = 0;
    server.proxy.faultOf = () => (hung++ === 0 ? 'hang' : undefined);
    await files.put('tile/0/001', bytesOf('two'));
    expect(hung).toBe(2);
    mend();
  });

  const FAULTS: readonly Fault[] = ['busy', 'cut', 'act-then-cut', 'act-then-error'];
  describe.each(FAULTS)('where the first of each request meets %s', (fault) => {
    /** Each request meets the fault once, and then no more. */
    function failOnce(): void {
      const met = new Set<string>();
      server.proxy.faultOf = ({ method, path }) => {
        const name = `${method} ${path}`;
        const isFirst = !met.has(name);
        met.add(name);
        return isFirst ? fault : undefined;
      };
    }

    it('all is as if it had not been', async () => {
      const files: PublicFiles = server.open(server.newPlace());
      failOnce();
      try {
        await files.put('tile/0/000', bytesOf('one'));
        await files.put('tile/0/000.p/1', bytesOf('partial'));
        const first = await files.replaceCheckpoint('first', undefined);
        failOnce();
        const second = await files.replaceCheckpoint('second', first);
        await files.removeBeneath('tile/0/000.p');
        expect(await files.checkpoint()).toEqual(second);
        expect(await files.read('tile/0/000.p/1')).toBeUndefined();
        await expect(files.put('tile/0/000', bytesOf('two'))).rejects.toMatchObject({
          kind: 'different',
        });
        await expect(files.replaceCheckpoint('third', first)).rejects.toMatchObject({
          kind: 'conflict',
        });
      } finally {
        mend();
      }
    });
  });

  it('writes nothing where the server does not refuse what it must', async () => {
    const files = server.open(server.newPlace());
    server.proxy.faultOf = ({ path }) => {
      return path.endsWith('/.conditional-writes') ? 'say-done' : undefined;
    };
    const said = { kind: 'refused', message: expect.stringContaining('ignores If-None-Match') };
    await expect(files.put('tile/0/000', bytesOf('x'))).rejects.toMatchObject(said);
    await expect(files.replaceCheckpoint('x', undefined)).rejects.toMatchObject(said);
    mend();
    expect([await files.read('tile/0/000'), await files.checkpoint()]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('says what the server says, and no secret', async () => {
    const secret = 'a-secret-that-nobody-may-see';
    const environment = { ...server.environment, AWS_SECRET_ACCESS_KEY: secret };
    const files = server.open(server.newPlace(), environment);
    const error = await files.put('tile/0/000', bytesOf('x')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PublicFilesError);
    expect(error).toMatchObject({ kind: 'refused' });
    expect(String(error)).toMatch(/s3:\/\/bucket\/place-\d+\/log: PUT .*: status 403 Signature/);
    expect(String(error)).not.toContain(secret);
    const absent = server.open('s3://no-such-bucket/log');
    const said = { kind: 'refused', message: expect.stringContaining('NoSuchBucket') };
    if (!knowsBuckets) return;
    await expect(absent.put('tile/0/000', bytesOf('x'))).rejects.toMatchObject(said);
    await expect(absent.read('tile/0/000')).rejects.toMatchObject(said);
    await expect(absent.checkpoint()).rejects.toMatchObject(said);
  });
}
