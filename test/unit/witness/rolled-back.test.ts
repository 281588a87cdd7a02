/**
 * A witness whose database was set back, as by an old backup: it finds out what it has signed, signs
 * nothing that contradicts it, and goes on only when it has been shown that it may.
 */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import { seenCheckpointPath, seenListPath } from '#protocol/witness/seen.ts';
import { askOperator, operatorSocketPath } from '#service/operator.ts';
import { codeOf, cosignedBy, evidenceOf, feed } from '#test/support/cross-check.ts';
import { newKey } from '#test/support/keys.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { until } from '#test/support/wait.ts';
import {
  Cleanup,
  startTestWitness,
  type TestWitness,
  type WitnessSetup,
  witnessSetup,
} from '#test/support/witness.ts';
import { markAsCopy } from '#witness/forgotten-table.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

let log: MemoryLog;
let setup: WitnessSetup;
/** What the log publishes; undefined for nothing, 'away' for no answer. */
let published: string | undefined | 'away';
/** The tiles of whichever tree the log shows. */
let view: MemoryLog;
let nowMs: number;
const now = () => nowMs;

beforeEach(async () => {
  nowMs = 1_800_000_000_000;
  log = new MemoryLog().growTo(300);
  view = log;
  published = undefined;
  const url = await cleanup.serve((request, response) => {
    const path = (request.url ?? '').slice(1);
    if (published === 'away') return response.destroy();
    const answer = path === 'checkpoint' ? published : view.tile(path);
    return response.writeHead(answer === undefined ? 404 : 200).end(answer);
  });
  setup = witnessSetup(cleanup.folder(), [log], {
    config: {
      logs: [{ vkey: log.key.verifier.text, url }],
      cross_check: { interval_ms: 100, timeout_ms: 20_000 },
    },
  });
});

const start = (config = setup.config) => startTestWitness(cleanup, config, { now });
const databases = () => ['', '-wal', '-shm'].map((end) => `${setup.config.database}${end}`);

/** Closes the witness and keeps a copy of its database, as a snapshot of the disk does. */
async function snapshot(witness: TestWitness): Promise<() => void> {
  await witness.close();
  const copy = join(cleanup.folder(), 'copy.db');
  copyFileSync(setup.config.database, copy);
  return () => {
    for (const path of databases()) rmSync(path, { force: true });
    copyFileSync(copy, setup.config.database);
  };
}

/** A witness that cosigned 100, then 200, and was set back to 100. What it published is returned. */
async function setBack(): Promise<string> {
  const first = await start();
  await feed(first, log, 0, 100);
  const restore = await snapshot(first);
  const second = await start();
  nowMs += 60_000;
  await feed(second, log, 100, 200);
  const note = await second.client.checkpoint(log.origin);
  await second.close();
  restore();
  return note!;
}

async function tell(path: string, body: unknown) {
  const socket = operatorSocketPath(setup.config.database);
  return (await askOperator(socket, { method: 'POST', path, body }))!;
}

const catchUp = (trustDatabase = false) =>
  tell('/catch-up', { origin: log.origin, trust_database: trustDatabase });

async function described(witness: TestWitness) {
  const answer = (await (await fetch(`${witness.url}/`)).json()) as {
    logs: { cosigning: boolean; rolled_back?: { size: number } }[];
  };
  return answer.logs[0]!;
}

describe('a witness that was set back', () => {
  it('finds its cosignature at the log, and signs no fork, nor anything else', async () => {
    published = await setBack();
    const witness = await start();
    const fork = log.fork(120, 180).growTo(180);
    expect(await codeOf(witness, fork, 100, 180)).toBe('rolled-back');
    expect(await codeOf(witness, log, 100, 150)).toBe('rolled-back');
    expect(await codeOf(witness, log, 100, 200)).toBe('rolled-back');
    expect(await described(witness)).toMatchObject({
      cosigning: false,
      rolled_back: { size: 200 },
    });
    const metrics = await (await fetch(`${witness.url}/metrics`)).text();
    expect(metrics).toMatch(/^tecp_witness_rolled_back\{[^}]*\} 1$/m);
    expect((await fetch(`${witness.url}/readyz`)).status).toBe(200);
  });

  it('does not forget that over a restart, though nobody shows it any more', async () => {
    published = await setBack();
    const witness = await start();
    expect(await codeOf(witness, log, 100, 150)).toBe('rolled-back');
    await witness.close();
    published = undefined;
    const again = await start();
    expect(await codeOf(again, log, 100, 150)).toBe('rolled-back');
  });

  it('stops also when it finds out later', async () => {
    const note = await setBack();
    const witness = await start();
    expect(await codeOf(witness, log, 100, 110)).toBe('cosigned');
    published = note;
    await until(async () => (await described(witness)).rolled_back?.size === 200);
    expect(await codeOf(witness, log, 110, 150)).toBe('rolled-back');
  });

  it('catches up on command, by a proof, and goes on from there at no earlier time', async () => {
    published = await setBack();
    const signedAtMs = nowMs;
    const witness = await start();
    expect(await codeOf(witness, log, 100, 150)).toBe('rolled-back');
    const caughtUp = { kind: 'caught-up', from: 100, size: 200 };
    expect(await catchUp()).toMatchObject({ status: 200, json: caughtUp });
    expect(await witness.client.checkpoint(log.origin)).toBe(published);
    nowMs -= 3_600_000;
    expect(await codeOf(witness, log, 200, 250)).toBe('cosigned');
    const line = parseNote((await witness.client.checkpoint(log.origin))!).signatures.at(-1)!;
    const seconds = Number(Buffer.from(line.bytes).readBigUInt64BE());
    expect(seconds).toBe(signedAtMs / 1000);
    expect(await catchUp()).toMatchObject({ json: { kind: 'nothing-forgotten' } });
    // Last, as the tiles soon prove it.
    const fork = log.fork(120, 250).growTo(250);
    expect(await codeOf(witness, fork, 100, 180)).toBe('other-size');
  });

  it('stays refused while the log does not show the proof', async () => {
    const note = await setBack();
    const witness = await start();
    published = note;
    await until(async () => (await described(witness)).rolled_back !== undefined);
    view = new MemoryLog(log.key);
    expect(await catchUp()).toMatchObject({ status: 409 });
    expect(await codeOf(witness, log, 100, 150)).toBe('rolled-back');
    view = log;
    expect(await catchUp()).toMatchObject({ status: 200 });
  });

  it('that was made to sign both sides tells so by evidence, against itself too', async () => {
    published = await setBack();
    const witness = await start();
    expect(await codeOf(witness, log, 100, 150)).toBe('rolled-back');
    await witness.close();
    // As if it had been set back another time, to another side of a fork.
    const fork = log.fork(50, 100).growTo(100);
    const own = await cosignedBy(fork, 100, setup.keys, nowMs / 1000 - 100);
    const db = new Database(setup.config.database);
    db.exec('DROP TRIGGER logs_never_go_back');
    db.prepare('UPDATE logs SET root = ?, note = ?').run(await fork.root(), own);
    db.close();
    const again = await start();
    expect(await catchUp()).toMatchObject({ json: { kind: 'contradiction' } });
    expect(new Set((await evidenceOf(again)).map(({ accused }) => accused))).toEqual(
      new Set([log.key, ...setup.keys].map(({ verifier }) => verifier.text)),
    );
    expect(await codeOf(again, fork, 100, 100)).toBe('log-frozen');
  });
});

describe('a cosignature of this witness', () => {
  it.each([
    ['of another tree of the same size', () => log.fork(50, 100).growTo(100), 100, 0],
    ['of the same tree at a later time', () => log, 100, 60],
    ['of a smaller tree at a later time', () => log, 50, 60],
  ])('%s stops it', async (_, from, size, later) => {
    const witness = await start();
    await feed(witness, log, 0, 100);
    published = await cosignedBy(from(), size, setup.keys, nowMs / 1000 + later);
    await until(async () => (await described(witness)).rolled_back !== undefined);
    expect(await codeOf(witness, log, 100, 150)).toBe('rolled-back');
  });

  it('that it remembers, or that is not its own, stops nothing', async () => {
    const witness = await start();
    await feed(witness, log, 0, 100);
    const stranger = newKey('witness.example/two', KEY_TYPES.cosignatureEd25519);
    const forged = parseNote(await cosignedBy(log, 200, setup.keys));
    const [, line] = forged.signatures;
    line!.bytes[20]! ^= 1;
    const text = (await witness.client.checkpoint(log.origin))!;
    for (const note of [
      text,
      await cosignedBy(log, 200, [stranger]),
      await log.checkpoint(200),
      formatNote(forged),
      'nonsense',
    ]) {
      published = note;
      await witness.close();
      const again = await start();
      expect(await codeOf(again, log, 100, 100)).toBe('cosigned');
      await again.close();
    }
  });
});

describe('a peer', () => {
  it('tells what it saw, after a restart of its own too, and that stops the witness', async () => {
    const first = await start();
    await feed(first, log, 0, 100);
    const port = Number(new URL(first.url).port);
    const restore = await snapshot(first);
    const listen = { host: '127.0.0.1', port };
    const second = await start({ ...setup.config, listen });
    const vkeys = setup.keys.map(({ verifier }) => verifier);
    const peerSetup = witnessSetup(cleanup.folder(), [log], { name: 'witness.example/two' });
    const peerConfig = {
      ...peerSetup.config,
      logs: setup.config.logs,
      peers: [{ url: second.url, vkeys }],
      cross_check: setup.config.cross_check,
    };
    const peer = await startTestWitness(cleanup, peerConfig, { now });
    nowMs += 60_000;
    await feed(second, log, 100, 200);
    const { name } = vkeys[0]!;
    const seen = `${peer.url}/${seenListPath(name)}`;
    await until(async () =>
      JSON.stringify(await (await fetch(seen)).json()).includes('"size":200'),
    );
    const noteUrl = `/${seenCheckpointPath(name, log.origin)}`;
    const note = await (await fetch(`${peer.url}${noteUrl}`)).text();
    expect(note).toBe(await second.client.checkpoint(log.origin));
    expect((await fetch(`${peer.url}/seen/${'0'.repeat(64)}`)).status).toBe(404);
    await second.close();
    await peer.close();
    restore();
    const peerAgain = await startTestWitness(cleanup, peerConfig, { now });
    const peers = [{ url: peerAgain.url, vkeys: peerSetup.keys.map(({ verifier }) => verifier) }];
    published = 'away';
    const witness = await start({ ...setup.config, peers });
    expect(await codeOf(witness, log, 100, 150)).toBe('rolled-back');
    published = undefined;
    expect(await catchUp()).toMatchObject({ json: { kind: 'caught-up', size: 200 } });
  });

  it('that soon tells no more is believed what it told of other logs before', async () => {
    const other = new MemoryLog(newKey('other.example', KEY_TYPES.ed25519)).growTo(200);
    const root = Buffer.from(await other.root(200)).toString('base64');
    const logs = [{ origin: other.origin, size: 200, root, time: nowMs / 1000 }];
    const note = await cosignedBy(other, 200, setup.keys, nowMs / 1000);
    let lists = 0;
    const url = await cleanup.serve((request, response) => {
      if (request.url?.split('/').length !== 3) response.end(note);
      else if (lists++ === 0) response.end(JSON.stringify({ logs }));
      else response.writeHead(429).end();
    });
    const { verifier } = newKey('witness.example/two', KEY_TYPES.cosignatureEd25519);
    const witness = await start({ ...setup.config, peers: [{ url, vkeys: [verifier] }] });
    await until(() => lists > 2);
    const added = await tell('/logs/add', { vkey: other.key.verifier.text });
    expect(added.status).toBe(200);
    expect(await codeOf(witness, other, 0, 100)).toBe('rolled-back');
  });

  it('that lies about sizes, without a note that proves them, stops nothing', async () => {
    const size = 1_000_000;
    const root = Buffer.alloc(32).toString('base64');
    const logs = [{ origin: log.origin, size, root, time: 2_000_000_000 }];
    const stranger = newKey('witness.example/two', KEY_TYPES.cosignatureEd25519);
    const note = await cosignedBy(log, 200, [stranger]);
    const url = await cleanup.serve((request, response) => {
      if (request.url?.split('/').length === 3) response.end(JSON.stringify({ logs }));
      else response.end(note);
    });
    const peers = [{ url, vkeys: [stranger.verifier] }];
    const witness = await start({ ...setup.config, peers });
    expect(await codeOf(witness, log, 0, 150)).toBe('cosigned');
  });
});

describe('a copy of a database', () => {
  async function copied(): Promise<void> {
    const witness = await start();
    await feed(witness, log, 0, 100);
    await witness.close();
    const db = new Database(setup.config.database);
    markAsCopy(db, nowMs);
    db.close();
  }

  it('signs nothing until somebody who may know has told', async () => {
    await copied();
    published = 'away';
    const witness = await start();
    expect(await codeOf(witness, log, 100, 150)).toBe('restored');
    expect(await catchUp()).toMatchObject({ status: 409 });
    published = await log.checkpoint(100);
    await until(async () => (await codeOf(witness, log, 100, 150)) === 'cosigned');
    await witness.close();
    published = 'away';
    const again = await start();
    expect(await codeOf(again, log, 150, 160)).toBe('cosigned');
  });

  describe.each([
    ['does not remember such things', undefined],
    ['follows other logs', []],
    ['saw no more than is remembered', [100]],
  ])('whose peer %s', (_, sizes) => {
    it('does not take the word of the log where a peer may know more', async () => {
      await copied();
      published = await log.checkpoint(100);
      const root = Buffer.from(await log.root(100)).toString('base64');
      const time = nowMs / 1000;
      const logs = sizes?.map((size) => ({ origin: log.origin, size, root, time }));
      let isAway = true;
      const url = await cleanup.serve((_, response) => {
        if (isAway) response.destroy();
        else if (logs === undefined) response.writeHead(404).end();
        else response.end(JSON.stringify({ logs }));
      });
      const { verifier } = newKey('witness.example/two', KEY_TYPES.cosignatureEd25519);
      const peers = [{ url, vkeys: [verifier] }];
      const witness = await start({ ...setup.config, peers });
      const fork = log.fork(100, 180).growTo(180);
      expect(await codeOf(witness, fork, 100, 180)).toBe('restored');
      await witness.close();
      isAway = false;
      const again = await start({ ...setup.config, peers });
      expect(await codeOf(again, log, 100, 150)).toBe('cosigned');
    });
  });

  it('or until the operator goes on without', async () => {
    await copied();
    published = 'away';
    const witness = await start();
    expect(await codeOf(witness, log, 100, 150)).toBe('restored');
    expect(await catchUp(true)).toMatchObject({ json: { kind: 'nothing-forgotten', size: 100 } });
    expect(await codeOf(witness, log, 100, 150)).toBe('cosigned');
  });
});

it('a source that hangs holds a log up once after a start, and then no more', async () => {
  const url = await cleanup.serve(() => undefined);
  const logs = setup.config.logs.map((each) => ({ ...each, url }));
  const cross_check = { ...setup.config.cross_check, timeout_ms: 2000 };
  const witness = await start({ ...setup.config, logs, cross_check });
  expect(await codeOf(witness, log, 0, 100)).toBe('cosigned');
  expect(await codeOf(witness, log, 100, 150)).toBe('cosigned');
});
