/**
 * A log that others write, copied by a mirror of ours that others read: Tessera's own program makes the log, and
 * filippo.io/torchwood verifies what the mirror shows of it.
 */
import { cpSync, existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mirrorConfigSchema } from '#log-server/mirror/config.ts';
import { startMirror } from '#log-server/mirror/server.ts';
import { parseEvidence, verifyEvidence } from '#protocol/evidence/evidence.ts';
import { hashesAtTileLevel, tileIdPath, tileWidth } from '#protocol/merkle/tiles.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { parseConfig } from '#service/config.ts';
import { newKey } from '#test/support/keys.ts';
import { silent } from '#test/support/log.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';
import { buildGo, hasGo, run } from './go-program.ts';
import { TesseraLogs } from './tessera-log.ts';

const KINDS = ['mirror', 'log.db'] as const;

const key = newKey('log.example/tessera', KEY_TYPES.ed25519);

interface View {
  readonly folder: string;
  readonly changed?: string;
}

/** Paths of all tiles and bundles of a tree, as wide as they are in it. */
function pathsOf(size: number): string[] {
  const paths: string[] = [];
  const add = (level: number | 'entries', hashes: number) => {
    for (let index = 0; index * 256 < hashes; index++) {
      paths.push(tileIdPath({ level, index, width: tileWidth(level, index, size) }));
    }
  };
  add('entries', size);
  for (let level = 0; hashesAtTileLevel(level, size) > 0; level++) {
    add(level, hashesAtTileLevel(level, size));
  }
  return paths;
}

describe.skipIf(!hasGo)('a mirror of a log by Tessera', () => {
  const cleanup = new Cleanup();
  let logs: TesseraLogs;
  /** What is shown as the log to who asks for its checkpoint: a folder of Tessera's, and what is changed in it. */
  let view: View;
  /** What is shown until then, for who asks: a round that began with one view ends with it. */
  const shownTo = new Map<string, View>();
  /** Files that were asked for, after who asked. */
  const asked: string[] = [];
  let reader: string;
  let source: string;
  let mirrors: { readonly kind: string; readonly url: string }[];

  beforeAll(async () => {
    [logs, reader] = await Promise.all([TesseraLogs.build(key), buildGo('./reader')]);
    await logs.grow('log', 300);
    view = { folder: logs.at('log') };
    source = await cleanup.serve((request, response) => {
      asked.push(request.url!);
      const [, who, ...rest] = request.url!.split('/');
      const path = rest.join('/');
      if (path === 'checkpoint') shownTo.set(who!, view);
      const { folder, changed } = shownTo.get(who!)!;
      const file = join(folder, path);
      if (!existsSync(file)) return void response.writeHead(404).end();
      const bytes = readFileSync(file);
      if (path === changed) bytes[bytes.length - 1]! ^= 1;
      response.end(bytes);
    });
    mirrors = await Promise.all(KINDS.map(async (kind) => ({ kind, url: await start(kind) })));
  });
  afterAll(cleanup.run);

  async function start(to: string): Promise<string> {
    const vkey = key.verifier.text;
    const settings = { listen: { port: 0 }, from: `${source}/${to}`, to, vkey, interval_ms: 50 };
    const config = parseConfig(
      JSON.stringify(settings),
      logs.at('mirror.yaml'),
      mirrorConfigSchema,
    );
    const mirror = await startMirror(config, { logger: silent });
    cleanup.add(() => mirror.close());
    return mirror.url;
  }

  const branch = (from: string, to: string) =>
    cpSync(logs.at(from), logs.at(to), { recursive: true });

  async function textOf(url: string): Promise<string> {
    return await (await fetch(url)).text();
  }

  /** Every tile and bundle, and the checkpoint, are the bytes that Tessera wrote. */
  async function expectCopies(name: string): Promise<void> {
    const checkpoint = logs.checkpointOf(name);
    for (const { kind, url } of mirrors) {
      const shown = async () => (await textOf(`${url}/checkpoint`)) === checkpoint;
      await until(shown, { what: `the tree of ${name} in ${kind}` });
      for (const path of pathsOf(Number(checkpoint.split('\n')[1]))) {
        const copied = Buffer.from(await (await fetch(`${url}/${path}`)).arrayBuffer());
        expect(copied.equals(readFileSync(logs.at(`${name}/${path}`))), `${kind}: ${path}`).toBe(
          true,
        );
      }
    }
  }

  /** The mirrors have seen a file, say so, and show the tree that they had and nothing of the other one. */
  async function expectRefused(
    trouble: string,
    { seen, shown, unseen }: { seen: string; shown: string; unseen: string },
  ): Promise<void> {
    const from = asked.length;
    for (const { kind, url } of mirrors) {
      // A round begins with the checkpoint, and has ended where the next begins.
      const checkpoint = `/${kind}/checkpoint`;
      const inRound = () => {
        const begun = asked.indexOf(checkpoint, from);
        const at = begun < 0 ? -1 : asked.indexOf(`/${kind}/${seen}`, begun);
        return at >= 0 && asked.lastIndexOf(checkpoint) > at;
      };
      await until(inRound, { what: `${seen} read by the mirror in ${kind}` });
      const said = async () =>
        (await textOf(`${url}/metrics`)).includes(`tecp_mirror_trouble{kind="${trouble}"} 1`);
      await until(said, { what: `${trouble} of the mirror in ${kind}` });
      expect(await textOf(`${url}/checkpoint`)).toBe(logs.checkpointOf(shown));
      expect((await fetch(`${url}/${unseen}`)).status).toBe(404);
    }
  }

  it('has its bytes, and goes on with it', async () => {
    await expectCopies('log');
    branch('log', 'forked');
    await logs.grow('log', 400);
    await expectCopies('log');
    branch('log', 'grown');
    await logs.grow('grown', 200);
  });

  // A bundle that was good is kept, and not asked for again: the last one is the last to be wrong.
  it.each([
    ['a full bundle', 'tile/entries/002'],
    ['a tile at the edge', 'tile/0/003.p/132'],
    ['a tile above', 'tile/1/000.p/3'],
    ['the last bundle', 'tile/entries/003.p/132'],
  ])(
    'shows nothing of it where %s is not what it signed, and goes on where it is',
    async (_, changed) => {
      view = { folder: logs.at('grown'), changed };
      await expectRefused('wrong', { seen: changed, shown: 'log', unseen: 'tile/0/003.p/132' });
    },
  );

  it('goes on when it shows what it signed', async () => {
    view = { folder: logs.at('grown') };
    await expectCopies('grown');
  });

  it('is verified by torchwood, which refuses what is changed', async () => {
    for (const { url } of mirrors) {
      const { stdout } = await run(reader, ['-log', key.verifier.text, url]);
      expect(stdout).toBe('900\n');
    }
    view = { folder: logs.at('grown'), changed: 'tile/entries/002' };
    await expect(run(reader, ['-log', key.verifier.text, `${source}/x`])).rejects.toMatchObject({
      code: 1,
    });
    view = { folder: logs.at('grown') };
  });

  it('keeps evidence of another tree that it signed, and shows nothing of that', async () => {
    await logs.grow('forked', 700);
    view = { folder: logs.at('forked') };
    const unseen = 'tile/0/003.p/232';
    await expectRefused('contradiction', { seen: 'tile/1/000.p/3', shown: 'grown', unseen });
    const kept = globSync(['log.db.*.tecp-evidence.json', 'mirror/.mirror/evidence/*'], {
      cwd: logs.folder,
    });
    expect(kept).toHaveLength(2);
    for (const name of kept) {
      expect(verifyEvidence(parseEvidence(readFileSync(logs.at(name))))).toMatchObject({
        proven: true,
        accused: key.verifier.text,
      });
    }
    await expectCopies('grown');
  });
});
