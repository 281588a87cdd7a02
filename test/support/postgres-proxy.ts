/** The way between one process and its PostgreSQL server. */
import { join } from 'node:path';
import type { TestPostgres } from './postgres.ts';
import { memoryFolder } from './temp.ts';
import { Way } from './way.ts';

/** The name of a socket of PostgreSQL, by its port. */
const SOCKET = '.s.PGSQL.5432';

export class PostgresProxy extends Way {
  readonly folder = memoryFolder();

  private constructor(postgres: TestPostgres) {
    super({ path: join(postgres.folder, SOCKET) });
  }

  static async start(postgres: TestPostgres): Promise<PostgresProxy> {
    const proxy = new PostgresProxy(postgres);
    await proxy.listen({ path: join(proxy.folder, SOCKET) });
    return proxy;
  }

  /** The URL of a database over this way. */
  url(database: string): string {
    return `postgres://postgres@${encodeURIComponent(this.folder)}/${database}`;
  }
}
