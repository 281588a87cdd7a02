/**
 * The keys of a witness: several of a kind, in files and with an ssh-agent, added and retired while
 * it runs.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { KEY_TYPES, type SignerKey } from '#protocol/note/key.ts';
import { parseSignatureLines } from '#protocol/note/note.ts';
import { formatAddCheckpoint } from '#protocol/witness/add-checkpoint.ts';
import { ConfigError } from '#service/errors.ts';
import { writeSignerKey } from '#service/keys.ts';
import { createLogger } from '#service/logging.ts';
import { newKey } from '#test/support/keys.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import {
  HAS_SSH_AGENT,
  signResponse,
  sshAdd,
  sshRemoveAll,
  startLyingAgent,
  startSshAgent,
} from '#test/support/ssh-agent.ts';
import {
  Cleanup,
  startTestWitness,
  type TestWitness,
  witnessSetup,
} from '#test/support/witness.ts';
import { addKey, KeyRing, retireKey } from '#witness/keys/ring.ts';
import { type KeySource, openSigner } from '#witness/keys/sources.ts';
import { WITNESS_APPLICATION_ID, WITNESS_MIGRATIONS } from '#witness/schema.ts';
import { WitnessState } from '#witness/state.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const name = 'witness.example/one';
const ed25519 = () => newKey(name, KEY_TYPES.cosignatureEd25519);
const logger = createLogger({ name: 'witness', level: 'silent' });

function fileOf(folder: string, key: SignerKey): string {
  const path = join(folder, `${key.verifier.id}.key`);
  writeSignerKey(path, key);
  return path;
}

async function add(witness: TestWitness, log: MemoryLog, oldSize: number, size: number) {
  const body = formatAddCheckpoint(await log.request(oldSize, size));
  const response = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body });
  const text = await response.text();
  const isCosigned = response.status === 200;
  return {
    status: response.status,
    code: isCosigned ? undefined : JSON.parse(text).code,
    ids: isCosigned ? parseSignatureLines(text).map(({ id }) => id) : [],
  };
}

/** A witness with a key in a file and one with an agent. */
async function withAgent(socketPath: (folder: string, key: SignerKey) => Promise<string>) {
  const folder = cleanup.folder();
  const log = new MemoryLog().growTo(20);
  const { config, keys } = witnessSetup(folder, [log], { types: [KEY_TYPES.cosignatureMlDsa44] });
  const key = ed25519();
  const entry = { ssh_agent: await socketPath(folder, key), vkey: key.verifier };
  const witness = await startTestWitness(cleanup, { ...config, keys: [...config.keys, entry] });
  return { witness, log, ids: [key.verifier.id, keys[0]!.verifier.id] };
}

describe('a key that an ssh-agent keeps', () => {
  it.skipIf(!HAS_SSH_AGENT)('signs, and while it is away nothing is signed or stored', async () => {
    let socket = '';
    let giveBack = (): void => undefined;
    const { witness, log, ids } = await withAgent(async (folder, key) => {
      socket = await startSshAgent(cleanup, folder);
      giveBack = () => sshAdd(socket, folder, key);
      giveBack();
      return socket;
    });
    expect(await add(witness, log, 0, 7)).toMatchObject({ status: 200, ids });
    const before = await witness.client.checkpoint(log.origin);
    sshRemoveAll(socket);
    expect(await add(witness, log, 7, 9)).toMatchObject({ status: 503, code: 'cannot-sign' });
    expect(await witness.client.checkpoint(log.origin)).toBe(before);
    giveBack();
    expect(await add(witness, log, 7, 9)).toMatchObject({ status: 200, ids });
  });

  it.each([
    ['whose signatures do not verify', () => signResponse(new Uint8Array(64).fill(1))],
    ['that talks nonsense', () => Uint8Array.of(0, 0, 0, 1, 99)],
  ])('and an agent %s signs nothing', async (_, answer) => {
    const { witness, log } = await withAgent((folder) => startLyingAgent(cleanup, folder, answer));
    expect(await add(witness, log, 0, 7)).toMatchObject({ status: 503, code: 'cannot-sign' });
    expect(await witness.client.checkpoint(log.origin)).toBeUndefined();
  });
});

it('several keys of a kind sign, each its own line, all at the same time', async () => {
  const folder = cleanup.folder();
  const log = new MemoryLog().growTo(20);
  const { config, keys } = witnessSetup(folder, [log]);
  const second = ed25519();
  const all = [...config.keys, fileOf(folder, second)];
  const witness = await startTestWitness(cleanup, { ...config, keys: all });
  const [first, mlDsa] = keys.map(({ verifier }) => verifier.id);
  const { ids } = await add(witness, log, 0, 7);
  expect(ids).toEqual([first, second.verifier.id, mlDsa]);
});

describe('the ring of keys', () => {
  function ringOf(path: string, configured: readonly string[], isNew = false) {
    const signers = configured.map(openSigner);
    const verifiers = signers.map(({ verifier }) => verifier);
    const state = WitnessState.open(path, verifiers, { create: isNew });
    cleanup.add(() => state.close());
    const ring = new KeyRing({ table: state.keys, configured: signers, logger, now: () => 77 });
    const active = () => ring.cosigner.active.map(({ id }) => id);
    const parts = { table: state.keys, logger, now: () => 77 };
    const add = async (source: KeySource) => {
      await addKey(source, parts);
      ring.refresh();
    };
    const retire = (id: string) => {
      const key = retireKey(id, parts);
      ring.refresh();
      return key;
    };
    return { ring, state, active, add, retire };
  }

  it('takes up a key at once and keeps it over a restart, and a retired one never again', async () => {
    const folder = cleanup.folder();
    const path = join(folder, 'w.db');
    const [old, next] = [ed25519(), ed25519()];
    const configured = [fileOf(folder, old)];
    const first = ringOf(path, configured, true);
    await first.add(fileOf(folder, next));
    expect(first.active()).toEqual([old.verifier.id, next.verifier.id]);
    first.retire(old.verifier.id);
    const retired = [{ key: old.verifier, retiredAtMs: 77 }];
    expect(first.active()).toEqual([next.verifier.id]);
    expect(first.ring.cosigner.retired).toEqual(retired);
    first.state.close();
    // Still configured: it does not come back.
    const second = ringOf(path, configured);
    expect(second.active()).toEqual([next.verifier.id]);
    expect(second.ring.cosigner.retired).toEqual(retired);
    await expect(second.add(configured[0]!)).rejects.toThrow(/was retired/);
    expect(second.retire(old.verifier.id).retiredAtMs).toBe(77);
  });

  it('refuses to retire the last key, and to add what is no key of the witness', async () => {
    const folder = cleanup.folder();
    const key = ed25519();
    const { state, add, retire, active } = ringOf(
      join(folder, 'w.db'),
      [fileOf(folder, key)],
      true,
    );
    expect(() => retire(key.verifier.id)).toThrow(/the last one/);
    expect(() => retire('00000000')).toThrow(/no key 00000000/);
    const stranger = newKey('witness.example/two', KEY_TYPES.cosignatureEd25519);
    await expect(add(fileOf(folder, stranger))).rejects.toThrow(ConfigError);
    await expect(add(`${folder}/none`)).rejects.toThrow(ConfigError);
    const away = { ssh_agent: `${folder}/none`, vkey: ed25519().verifier };
    await expect(add(away)).rejects.toThrow(/cannot sign/);
    expect(active()).toEqual([key.verifier.id]);
    expect(state.keys.all()).toHaveLength(1);
  });

  it('refuses to start without a key that has signed and was not retired', async () => {
    const folder = cleanup.folder();
    const path = join(folder, 'w.db');
    const [old, next] = [ed25519(), ed25519()].map((key) => fileOf(folder, key));
    ringOf(path, [old!, next!], true).state.close();
    expect(() => ringOf(path, [next!])).toThrow(/retire it for ever/);
    const again = ringOf(path, [old!, next!]);
    again.retire(openSigner(old!).verifier.id);
    again.state.close();
    rmSync(old!);
    expect(ringOf(path, [next!]).active()).toHaveLength(1);
  });

  it('takes over the keys of a database of the version before', () => {
    const folder = cleanup.folder();
    const path = join(folder, 'w.db');
    const key = ed25519();
    const db = new Database(path);
    db.pragma(`application_id = ${WITNESS_APPLICATION_ID}`);
    for (const sql of WITNESS_MIGRATIONS.slice(0, 2)) db.exec(sql);
    db.pragma('user_version = 2');
    const row = db.prepare('INSERT INTO keys (type, name, vkey) VALUES (?, ?, ?)');
    row.run(key.verifier.type, name, key.verifier.text);
    db.close();
    expect(ringOf(path, [fileOf(folder, key)]).active()).toEqual([key.verifier.id]);
  });

  it('is guarded by the schema: no second name, nothing forgotten, nothing taken back', () => {
    const folder = cleanup.folder();
    const path = join(folder, 'w.db');
    const [old, next] = [ed25519(), ed25519()];
    const first = ringOf(path, [fileOf(folder, old), fileOf(folder, next)], true);
    first.retire(old.verifier.id);
    first.state.close();
    const db = new Database(path);
    cleanup.add(() => db.close());
    expect(() => db.exec('UPDATE keys SET retired_at_ms = NULL')).toThrow(/stays so/);
    expect(() => db.exec('DELETE FROM keys')).toThrow(/never forgotten/);
    expect(() => db.exec("INSERT INTO keys (vkey, name) VALUES ('x', 'y')")).toThrow(/one name/);
  });
});
