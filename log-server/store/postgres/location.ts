/**
 * A log's store in a schema of a PostgreSQL database: the writer on a connection of its own, readers on others. All
 * of it waits for the server, and so needs no thread.
 */
import { resolve } from 'node:path';
import { escapeIdentifier } from 'pg';
import { EMPTY_ROOT } from '#protocol/merkle/hash.ts';
import { ConfigError } from '#service/errors.ts';
import { copyLog } from '../copy-log.ts';
import { SequencedWriter } from '../sequenced-writer.ts';
import { readLogCopy, writeLogCopy } from '../sqlite/copies.ts';
import {
  type BackUpOptions,
  type LeasedStore,
  type LogIdentity,
  type LogStore,
  type OnLost,
  type RestoreOptions,
  type SharedReader,
  type SharedStore,
  StoreError,
  type StoreLocation,
  type WantedLease,
} from '../store.ts';
import { checkIsHere } from '../whereabouts.ts';
import { openingError } from './errors.ts';
import { beat, takeLease } from './lease.ts';
import { migrate, schemaVersion } from './migrate.ts';
import { ReaderPool } from './pool.ts';
import { Primary } from './primary.ts';
import { PooledReader, PostgresReader } from './reader.ts';
import { cautionOf, checkDurability } from './rights.ts';
import { grants, POSTGRES_MIGRATIONS } from './schema.ts';
import type { Session } from './session.ts';
import { markName, nameOf, type PostgresUrl, parsePostgresUrl } from './url.ts';
import { PostgresWriter } from './writer.ts';

const IDENTITY = { name: 'identity', text: 'SELECT origin, verifier_key FROM log' };
const INSERT_LOG = {
  name: 'insert_log',
  text: 'INSERT INTO log (id, origin, verifier_key, size, root, fencing) VALUES (1, $1, $2, 0, $3, $4)',
};
const ARRIVE = { name: 'arrive', text: 'UPDATE log SET arriving_from = $1' };
const SETTLE = {
  name: 'settle',
  text: 'UPDATE log SET arriving_from = NULL WHERE arriving_from IS NOT NULL',
};
/** The fencing number of a log that no writer has opened yet. */
const NEVER_LEASED = 0;

export class PostgresLocation implements StoreLocation {
  readonly name: string;
  readonly #url: PostgresUrl;
  readonly #primary: Primary;
  /** The role that owns the tables, if not the one of the URL. */
  readonly #owner: string | undefined;

  /** Throws `ConfigError`. `owner` makes and changes the tables, and gives the role of the URL what it needs. */
  constructor(url: string, owner = process.env.TECP_DATABASE_OWNER) {
    this.#url = parsePostgresUrl(url);
    this.#primary = new Primary(this.#url);
    this.#owner = owner;
    this.name = nameOf(this.#url);
  }

  /** In the folder of the process; a configuration has it in its own. */
  defaultMarkPath(): string {
    return resolve(markName(this.#url));
  }

  async exists(): Promise<boolean> {
    return await this.#with('exists', undefined, async (session) => {
      return (await schemaVersion(session, this.#url.schema)) > 0;
    });
  }

  async create(identity: LogIdentity): Promise<void> {
    await this.#asOwner(async (session) => {
      await this.#make(session, identity, async () => undefined);
    });
  }

  async open(identity: LogIdentity, onLost: OnLost): Promise<LogStore> {
    return await this.#open(identity, onLost);
  }

  get shared(): SharedStore {
    return {
      openReader: async (identity) => {
        await this.#with('reader', undefined, async (session) => {
          await this.#bringUpToDate(session, identity);
        });
        return await this.openReader(identity);
      },
      take: (identity, wanted, onLost) => this.#open(identity, onLost, wanted),
    };
  }

  async openReader(identity: LogIdentity): Promise<SharedReader> {
    const pool = this.#pool();
    const session = await this.#primary.connect('reader');
    try {
      await this.#checkVersion(session);
      await this.#checkIdentity(session, identity);
    } catch (error) {
      throw this.#openingError(error);
    } finally {
      await session.close();
    }
    return new PooledReader(pool);
  }

  async #open(identity: LogIdentity, onLost: OnLost, wanted?: WantedLease): Promise<LeasedStore> {
    const session = await this.#primary.connect('writer');
    try {
      await this.#bringUpToDate(session, identity);
      await checkDurability(session);
      await this.#checkIsHere(session);
      const caution = await cautionOf(session);
      const fencing = await takeLease(session, wanted);
      const writer = await SequencedWriter.open(new PostgresWriter(session, fencing));
      session.onEnd = onLost;
      const reader = new PooledReader(this.#pool());
      const close = async () => {
        await reader.close();
        await writer.close();
      };
      const leased = { fencing, beat: () => beat(session, fencing) };
      return { reader, writer, close, ...leased, ...(caution !== undefined && { caution }) };
    } catch (error) {
      await session.close();
      throw this.#openingError(error);
    }
  }

  /** Into a database of SQLite, so that a copy of any store can become a store of any kind. */
  async backUp(identity: LogIdentity, file: string, options: BackUpOptions): Promise<void> {
    await this.#with('backup', undefined, async (session) => {
      await writeLogCopy(file, identity, options, async (copy) => {
        await session.transaction('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', async () => {
          await this.#checkVersion(session);
          await this.#checkIdentity(session, identity);
          await copyLog(new PostgresReader(session), copy, options.onProgress);
        });
      });
    });
  }

  /** In one transaction: until all of it is there and checked, nothing is. */
  async restore(
    identity: LogIdentity,
    file: string,
    { onProgress, check, arrivingFrom }: RestoreOptions,
  ): Promise<void> {
    await readLogCopy(file, identity, async (copy) => {
      await this.#asOwner(async (session) => {
        await this.#make(session, identity, async (isNew) => {
          if (!isNew) {
            throw new ConfigError(
              `There is a log in ${this.name}, which may know more than a copy.`,
            );
          }
          const writer = new PostgresWriter(session, NEVER_LEASED);
          await copyLog(copy, writer, onProgress);
          if (arrivingFrom !== undefined) await session.write(ARRIVE, [arrivingFrom]);
          await check(writer);
        });
      });
    });
  }

  async settle(identity: LogIdentity): Promise<void> {
    await this.#asOwner(async (session) => {
      await this.#checkVersion(session);
      await this.#checkIdentity(session, identity);
      await session.write(SETTLE, []);
    });
  }

  #pool(): ReaderPool {
    return new ReaderPool(
      (isFirst) => this.#primary.connectReader(isFirst),
      this.#url.connectTimeoutMs,
    );
  }

  /** Makes the store, or leaves the one that is there as it is; `rest` is part of the same transaction. */
  async #make(
    session: Session,
    identity: LogIdentity,
    rest: (isNew: boolean) => Promise<void>,
  ): Promise<void> {
    await migrate(session, this.#url.schema, async (before) => {
      if (before === 0) {
        const { origin, verifierKey } = identity;
        await session.write(INSERT_LOG, [origin, verifierKey, EMPTY_ROOT, NEVER_LEASED]);
      }
      await this.#checkIdentity(session, identity);
      await this.#checkIsHere(session);
      await this.#grant(session);
      await rest(before === 0);
    });
  }

  /** What the role of the URL needs, where it is not the owner. */
  async #grant(session: Session): Promise<void> {
    if (this.#owner === undefined) return;
    await session.script(grants(this.#url.schema, escapeIdentifier(this.#url.user)));
  }

  /** Before the lease is taken, so that nobody's is taken for nothing. */
  async #bringUpToDate(session: Session, identity: LogIdentity): Promise<void> {
    const version = await schemaVersion(session, this.#url.schema);
    if (version === 0) {
      throw new ConfigError(
        `There is no log in ${this.name}. What it knew must not be forgotten: restore it, or, if this is the ` +
          'first start, add --init.',
      );
    }
    await this.#checkIdentity(session, identity);
    if (version === POSTGRES_MIGRATIONS.length) return;
    await this.#asOwner(async (owning) => {
      await migrate(owning, this.#url.schema, async () => await this.#grant(owning));
    });
  }

  async #checkVersion(session: Session): Promise<void> {
    const version = await schemaVersion(session, this.#url.schema);
    if (version === POSTGRES_MIGRATIONS.length) return;
    if (version === 0) throw new ConfigError(`There is no log in ${this.name}.`);
    throw new ConfigError(
      `${this.name} was written by an older version of this program (schema ${version}, this one has ` +
        `${POSTGRES_MIGRATIONS.length}); use that version, or start the log with this one first.`,
    );
  }

  async #checkIdentity(session: Session, identity: LogIdentity): Promise<void> {
    const [row] = await session.read<[string, string]>(IDENTITY, []);
    if (row === undefined) throw new ConfigError(`${this.name} holds no log yet.`);
    const [origin, verifierKey] = row;
    if (origin === identity.origin && verifierKey === identity.verifierKey) return;
    throw new ConfigError(
      `${this.name} holds the log "${origin}" with key ${verifierKey}; the configured key is ` +
        `${identity.verifierKey}. Use the key that belongs to this database.`,
    );
  }

  /** Throws `ConfigError` unless this is where the log is. */
  async #checkIsHere(session: Session): Promise<void> {
    checkIsHere(this.name, await new PostgresReader(session).state());
  }

  async #asOwner<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return await this.#with('owner', this.#owner, work);
  }

  /** With a connection for this alone. Rejects with `ConfigError` and `PassingError`. */
  async #with<T>(
    purpose: string,
    user: string | undefined,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    const session = await this.#primary.connect(purpose, user);
    try {
      return await work(session);
    } catch (error) {
      throw this.#openingError(error);
    } finally {
      await session.close();
    }
  }

  /** A conflict is one between this process and the log, which no operator can mend. */
  #openingError(error: unknown): unknown {
    const isConflict = error instanceof StoreError && error.kind === 'conflict';
    return isConflict ? error : openingError(`the database ${this.name}`, error);
  }
}
