/** Which logs are followed: what may be said about them by whom, and what stays on record. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { witnessCheckpointPath } from '#protocol/witness/add-checkpoint.ts';
import { ConfigError } from '#service/errors.ts';
import { newKey } from '#test/support/keys.ts';
import { Cleanup } from '#test/support/witness.ts';
import { LogRegistry, ROOM_FOR_OPERATOR } from '#witness/logs/registry.ts';
import type { LogEntry } from '#witness/logs/witnessed-log.ts';
import { openWitnessDatabase } from '#witness/schema.ts';
import { WitnessState } from '#witness/state.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const key = newKey('log.example', KEY_TYPES.ed25519).verifier;
const nextKey = newKey('log.example', KEY_TYPES.ed25519).verifier;
const otherKey = newKey('sum.example', KEY_TYPES.ed25519).verifier;
const configured: LogEntry = { origin: 'log.example', keys: [key], url: 'http://127.0.0.1:1' };
const added: LogEntry = { origin: 'a tree of sums', keys: [otherKey], queriesPerDay: 24 };

function open(path: string): WitnessState {
  const state = WitnessState.open(path, undefined, { create: true });
  cleanup.add(() => state.close());
  return state;
}

/** The registry of a witness that starts with this configuration. */
function start(path: string, entries: readonly LogEntry[]) {
  const state = open(path);
  const notices = state.logs.configure(entries, 1000).map(({ origin, message }) => {
    return `${origin}: ${message}`;
  });
  return { state, logs: state.logs, notices };
}

const database = () => join(cleanup.folder(), 'w.db');
const origins = (logs: readonly { origin: string }[]) => logs.map(({ origin }) => origin);

describe('the registry', () => {
  it('knows what the configuration names and what the operator adds, also after a restart', () => {
    const path = database();
    const first = start(path, [configured]);
    let changes = 0;
    first.logs.onChange(() => changes++);
    expect(first.logs.add(added, 'operator', 5)).toMatchObject({ isNew: true });
    expect(changes).toBe(1);
    first.state.close();
    const { logs, notices } = start(path, [configured]);
    expect(notices).toEqual([]);
    expect(logs.all()).toMatchObject([
      { ...configured, source: 'configuration', isDisabled: false },
      { ...added, source: 'operator', isDisabled: false, addedAtMs: 5 },
    ]);
    expect(logs.atPath(witnessCheckpointPath('a tree of sums'))?.origin).toBe('a tree of sums');
    expect(logs.get('sum.example')).toBeUndefined();
  });

  it('never takes up a log again that was disabled, whoever names it', () => {
    const path = database();
    const { state, logs } = start(path, [configured]);
    logs.disable('log.example', 7);
    logs.add({ ...configured, keys: [nextKey] }, 'operator', 8);
    expect(logs.discover([configured], 'list http://l', 9)).toEqual([]);
    expect(logs.get('log.example')).toBeUndefined();
    state.close();
    const again = start(path, [configured]);
    expect(again.logs.enabled()).toEqual([]);
    expect(again.notices).toContain(
      'log.example: the log stays disabled, although it is configured',
    );
    again.logs.enable('log.example');
    expect(origins(again.logs.enabled())).toEqual(['log.example']);
  });

  it('does not follow what is no longer configured, until it is again, or the operator says so', () => {
    const path = database();
    start(path, [configured]).state.close();
    const without = start(path, []);
    expect(without.logs.enabled()).toEqual([]);
    expect(without.logs.known('log.example')?.disabledBecause).toBe(
      'no longer in the configuration',
    );
    without.state.close();
    const back = start(path, [configured]);
    expect(origins(back.logs.enabled())).toEqual(['log.example']);
    back.state.close();
    const enabled = start(path, []);
    enabled.logs.enable('log.example');
    enabled.state.close();
    expect(start(path, []).logs.all()).toMatchObject([{ source: 'operator', isDisabled: false }]);
  });

  it('lets a list add logs and change none', () => {
    const { logs } = start(database(), [configured]);
    const listed = [{ ...configured, keys: [nextKey], url: 'http://127.0.0.1:2' }, added];
    expect(origins(logs.discover(listed, 'list http://l', 9))).toEqual(['a tree of sums']);
    expect(logs.known('log.example')).toMatchObject(configured);
    expect(logs.known('a tree of sums')).toMatchObject({ source: 'list http://l' });
  });

  it('leaves room for what is configured, however many logs a list names', () => {
    const { db, close } = openWitnessDatabase(database(), { create: true });
    cleanup.add(close);
    const logs = new LogRegistry(db, ROOM_FOR_OPERATOR + 1);
    expect(origins(logs.discover([added], 'list http://l', 1))).toEqual(['a tree of sums']);
    expect(() => logs.discover([configured], 'list http://l', 2)).toThrow(ConfigError);
    logs.configure([configured], 3);
    expect(origins(logs.enabled())).toEqual(['a tree of sums', 'log.example']);
  });
});

describe('the keys of a log', () => {
  it('are added by the configuration, which replaces none', () => {
    const path = database();
    start(path, [configured]).state.close();
    const { logs, notices } = start(path, [{ ...configured, keys: [nextKey] }]);
    expect(logs.get('log.example')?.keys).toEqual([key, nextKey]);
    expect(notices).toEqual([
      'log.example: a key was added to the log by the configuration',
      'log.example: a key of the log is no longer configured; it is trusted until it is removed',
    ]);
  });

  it('that a list named before are told of when the log is configured with others', () => {
    const path = database();
    const { state, logs } = start(path, []);
    logs.discover([{ ...configured, keys: [nextKey] }], 'list http://l', 1);
    state.close();
    expect(start(path, [configured]).notices).toContain(
      'log.example: a key of the log is not configured; a list http://l named it, and it is trusted until it is removed',
    );
  });

  it('stay on record once they are removed, and come back by the operator only', () => {
    const path = database();
    const both = { ...configured, keys: [key, nextKey] };
    const { state, logs } = start(path, [both]);
    state.removeLogKey('log.example', key.text, 77);
    expect(logs.get('log.example')).toMatchObject({
      keys: [nextKey],
      formerKeys: [{ key, removedAtMs: 77 }],
    });
    state.close();
    const again = start(path, [both]);
    expect(again.logs.get('log.example')?.keys).toEqual([nextKey]);
    expect(again.notices).toEqual([
      'log.example: a key of the log stays removed, although it is configured',
    ]);
    expect(again.logs.add(configured, 'operator', 80).addedKeys).toEqual([key.text]);
    expect(again.logs.get('log.example')?.keys).toEqual([key, nextKey]);
  });

  it('are never none, and not more than can be on record', () => {
    const { state, logs } = start(database(), [configured]);
    const remove = (vkey: string) => () => state.removeLogKey('log.example', vkey, 1);
    expect(remove(key.text)).toThrow(ConfigError);
    expect(remove(nextKey.text)).toThrow(/no such key/);
    expect(() => state.removeLogKey('nobody', key.text, 1)).toThrow(/not known/);
    const keys = Array.from({ length: 16 }, () => newKey('k', KEY_TYPES.ed25519).verifier);
    expect(() => logs.add({ ...configured, keys }, 'operator', 2)).toThrow(/at most 16 keys/);
    expect(logs.get('log.example')?.keys).toEqual([key]);
  });
});

it('the schema itself keeps on record what was followed and trusted', () => {
  const path = database();
  start(path, [configured]).state.close();
  const db = new Database(path);
  cleanup.add(() => db.close());
  expect(() => db.exec('DELETE FROM followed')).toThrow(/stays on record/);
  expect(() => db.exec('DELETE FROM log_keys')).toThrow(/stays on record/);
});
