/**
 * Which logs the witness follows, and by which keys: one answer for all parts of it, also while logs
 * come and go.
 *
 * Promises: a log is never forgotten, and neither is a key that was trusted once. What the operator
 * disabled stays disabled, whatever a configuration or a list says. Keys are added and removed by
 * whom the witness obeys, its configuration and its operator; a list adds logs, and changes none.
 * A change is in the database before anybody is told.
 */
import type { LogIdentity } from '#protocol/note/checkpoint.ts';
import { parseVerifierKey, type VerifierKey } from '#protocol/note/key.ts';
import { witnessCheckpointPath } from '#protocol/witness/add-checkpoint.ts';
import { ConfigError } from '#service/errors.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import { type KeyRow, type LogRow, LogTable } from './log-table.ts';
import { type LogEntry, MAX_KEYS, type WitnessedLog } from './witnessed-log.ts';

/** Logs that one witness knows. */
export const MAX_LOGS = 50_000;
/** Of these, no list takes the last: else whoever fills one could keep a configuration from starting. */
export const ROOM_FOR_OPERATOR = 1000;

/** Something that the operator should read: what was done, or was not done, and why. */
export interface Notice {
  readonly origin: string;
  readonly message: string;
  readonly vkey?: string;
}

/** What came of adding a log. */
export interface Added {
  readonly log: WitnessedLog;
  readonly isNew: boolean;
  readonly addedKeys: readonly string[];
}

export class LogRegistry {
  readonly #table: LogTable;
  readonly #maxLogs: number;
  /** Owned by `#refresh`: what the database says, in the order in which the logs were added. */
  readonly #logs = new Map<string, WitnessedLog>();
  /** Origins by the path of their checkpoint. */
  readonly #paths = new Map<string, string>();
  /** Owned by `configure`: the origins of the configuration of this process. */
  #configured: ReadonlySet<string> = new Set();
  /** Made of `#logs` when asked for. */
  #lists: { all: readonly WitnessedLog[]; enabled: readonly WitnessedLog[] } | undefined;
  readonly #listeners: (() => void)[] = [];

  constructor(db: SqliteDatabase, maxLogs = MAX_LOGS) {
    this.#table = new LogTable(db);
    this.#maxLogs = maxLogs;
    this.#refresh(this.#table.all());
  }

  /** A log that is followed now. */
  get(origin: string): WitnessedLog | undefined {
    const log = this.#logs.get(origin);
    return log?.isDisabled === true ? undefined : log;
  }

  /** A log that is followed, or was. */
  known(origin: string): WitnessedLog | undefined {
    return this.#logs.get(origin);
  }

  /** The log whose checkpoint is at this path (`<hash>/checkpoint`), followed or not. */
  atPath(path: string): WitnessedLog | undefined {
    return this.#logs.get(this.#paths.get(path) ?? '');
  }

  all(): readonly WitnessedLog[] {
    return this.#listed().all;
  }

  enabled(): readonly WitnessedLog[] {
    return this.#listed().enabled;
  }

  /** Calls back after each change. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Takes over the configuration at a start. Returns what the operator should be told. */
  configure(entries: readonly LogEntry[], nowMs: number): Notice[] {
    const notices: Notice[] = [];
    this.#expectRoom(entries);
    this.#table.atomically(() => {
      for (const entry of entries) notices.push(...this.#configureOne(entry, nowMs));
    });
    this.#configured = new Set(entries.map(({ origin }) => origin));
    this.#refresh(this.#table.all());
    for (const { origin, disabledBecause } of this.all()) {
      if (disabledBecause === 'no longer in the configuration') {
        notices.push({
          origin,
          message: 'the log is no longer in the configuration: not followed',
        });
      } else if (disabledBecause !== undefined && this.#configured.has(origin)) {
        notices.push({ origin, message: 'the log stays disabled, although it is configured' });
      }
    }
    return notices;
  }

  /**
   * Adds a log, or to a known one the keys and the particulars that are new: the operator's command.
   * A disabled log stays so. Throws `ConfigError` at a limit.
   */
  add(entry: LogEntry, source: string, nowMs: number): Added {
    const { origin } = entry;
    const before = this.#logs.get(origin);
    this.#expectRoom([entry]);
    const addedKeys = this.#table.atomically(() => {
      if (before === undefined) return this.#insert(entry, source, nowMs);
      this.#table.describe(entry);
      // As the operator's it is followed, whatever the configuration says.
      if (before.source === 'configuration' && !this.#configured.has(origin)) {
        this.#table.setSource(origin, source);
      }
      return this.#addKeys(entry, source, nowMs, { restore: true });
    });
    this.#changed([origin]);
    return { log: this.#logs.get(origin)!, isNew: before === undefined, addedKeys };
  }

  /** Adds those of a list that are new by their origin. Returns them. Throws `ConfigError` at a limit. */
  discover(entries: readonly LogEntry[], source: string, nowMs: number): WitnessedLog[] {
    const fresh = entries.filter(({ origin }) => !this.#logs.has(origin));
    if (fresh.length === 0) return [];
    this.#expectRoom(fresh, ROOM_FOR_OPERATOR);
    this.#table.atomically(() => {
      for (const entry of fresh) this.#insert(entry, source, nowMs);
    });
    const origins = fresh.map(({ origin }) => origin);
    this.#changed(origins);
    return origins.map((origin) => this.#logs.get(origin)!);
  }

  /** Throws `ConfigError` for a log that is not known, as all that follow. */
  disable(origin: string, nowMs: number): WitnessedLog {
    if (this.#expect(origin).disabledBecause !== 'disabled by the operator') {
      this.#table.setDisabled(origin, nowMs);
    }
    this.#changed([origin]);
    return this.#expect(origin);
  }

  enable(origin: string): WitnessedLog {
    const { source } = this.#expect(origin);
    this.#table.atomically(() => {
      this.#table.setDisabled(origin, null);
      if (source === 'configuration' && !this.#configured.has(origin)) {
        this.#table.setSource(origin, 'operator');
      }
    });
    this.#changed([origin]);
    return this.#expect(origin);
  }

  /**
   * From now on the key does not speak for the log, but stays on record. `alongside` is run in the
   * same transaction, with the keys that are left.
   */
  removeKey(
    origin: string,
    vkey: string,
    nowMs: number,
    alongside: (left: LogIdentity) => void,
  ): WitnessedLog {
    const { keys } = this.#expect(origin);
    if (!keys.some(({ text }) => text === vkey)) {
      throw new ConfigError(`The log ${origin} has no such key: ${vkey}.`);
    }
    if (keys.length === 1) {
      throw new ConfigError(
        `It is the only key of the log ${origin}; add its new key first, or disable the log.`,
      );
    }
    this.#table.atomically(() => {
      this.#table.setRemoved(origin, vkey, nowMs);
      alongside({ origin, keys: keys.filter(({ text }) => text !== vkey) });
    });
    this.#changed([origin]);
    return this.#expect(origin);
  }

  #configureOne(entry: LogEntry, nowMs: number): Notice[] {
    const { origin } = entry;
    const row = this.#table.log(origin);
    if (row === undefined) {
      this.#insert(entry, 'configuration', nowMs);
      return [];
    }
    if (row.source === 'configuration') this.#table.redescribe(entry);
    else this.#table.describe(entry);
    const added = this.#addKeys(entry, 'configuration', nowMs, { restore: false });
    const notices = added.map((vkey): Notice => {
      return { origin, vkey, message: 'a key was added to the log by the configuration' };
    });
    const named = new Set(entry.keys.map(({ text }) => text));
    for (const key of this.#table.keys(origin)) {
      const message = discrepancy(key, named.has(key.vkey));
      if (message !== undefined) notices.push({ origin, vkey: key.vkey, message });
    }
    return notices;
  }

  #insert(entry: LogEntry, source: string, nowMs: number): string[] {
    this.#table.insert(entry, source, nowMs);
    return this.#addKeys(entry, source, nowMs, { restore: true });
  }

  /** Returns the keys that were added, and with `restore` those that were trusted again. */
  #addKeys(
    { origin, keys }: LogEntry,
    source: string,
    nowMs: number,
    { restore }: { restore: boolean },
  ): string[] {
    const rows = this.#table.keys(origin);
    const known = new Map(rows.map((row) => [row.vkey, row]));
    const added: string[] = [];
    for (const { text } of keys) {
      const row = known.get(text);
      if (row === undefined) {
        if (rows.length + added.length >= MAX_KEYS) {
          throw new ConfigError(`A log has at most ${MAX_KEYS} keys on record: ${origin}.`);
        }
        this.#table.addKey(origin, text, source, nowMs);
        added.push(text);
      } else if (restore && row.removed_at_ms !== null) {
        this.#table.setRemoved(origin, text, null);
        added.push(text);
      }
    }
    return added;
  }

  /** `kept`: how much of the room is for others. */
  #expectRoom(entries: readonly LogEntry[], kept = 0): void {
    const fresh = entries.filter(({ origin }) => !this.#logs.has(origin));
    if (this.#logs.size + fresh.length <= this.#maxLogs - kept) return;
    const whose = kept === 0 ? '' : `, the last ${kept} not by lists`;
    throw new ConfigError(`A witness knows at most ${this.#maxLogs} logs${whose}.`);
  }

  #expect(origin: string): WitnessedLog {
    const log = this.#logs.get(origin);
    if (log !== undefined) return log;
    throw new ConfigError(`The log ${origin} is not known here.`);
  }

  #changed(origins: readonly string[]): void {
    this.#refresh(origins.map((origin) => this.#table.log(origin)!));
    for (const listener of this.#listeners) listener();
  }

  #refresh(rows: readonly LogRow[]): void {
    for (const row of rows) {
      const log = toLog(row, this.#table.keys(row.origin), this.#configured.has(row.origin));
      this.#logs.set(row.origin, log);
      this.#paths.set(witnessCheckpointPath(row.origin), row.origin);
    }
    this.#lists = undefined;
  }

  #listed() {
    if (this.#lists === undefined) {
      const all = [...this.#logs.values()];
      this.#lists = { all, enabled: all.filter(({ isDisabled }) => !isDisabled) };
    }
    return this.#lists;
  }
}

/** How a key on record of a log that is configured differs from the configuration, if it does. */
function discrepancy(key: KeyRow, isNamed: boolean): string | undefined {
  if (key.removed_at_ms !== null) {
    return isNamed ? 'a key of the log stays removed, although it is configured' : undefined;
  }
  if (isNamed || key.source === 'operator') return undefined;
  if (key.source !== 'configuration') {
    return `a key of the log is not configured; a ${key.source} named it, and it is trusted until it is removed`;
  }
  return 'a key of the log is no longer configured; it is trusted until it is removed';
}

function toLog(row: LogRow, keyRows: readonly KeyRow[], isConfigured: boolean): WitnessedLog {
  const keys: VerifierKey[] = [];
  const formerKeys: { key: VerifierKey; removedAtMs: number }[] = [];
  for (const { vkey, removed_at_ms: removedAtMs } of keyRows) {
    const key = parseVerifierKey(vkey);
    if (removedAtMs === null) keys.push(key);
    else formerKeys.push({ key, removedAtMs });
  }
  const disabledBecause = whyDisabled(row, isConfigured);
  return {
    origin: row.origin,
    keys,
    formerKeys,
    url: row.url ?? undefined,
    feed: row.feed ?? undefined,
    queriesPerDay: row.queries_per_day ?? undefined,
    contact: row.contact ?? undefined,
    source: row.source,
    addedAtMs: row.added_at_ms,
    isDisabled: disabledBecause !== undefined,
    disabledBecause,
  };
}

function whyDisabled(row: LogRow, isConfigured: boolean): WitnessedLog['disabledBecause'] {
  if (row.disabled_at_ms !== null) return 'disabled by the operator';
  if (row.source !== 'configuration' || isConfigured) return undefined;
  return 'no longer in the configuration';
}
