/** What a server and a role have to be like before a log runs on them. */
import { ConfigError } from '#service/errors.ts';
import type { Session } from './session.ts';

const DURABILITY = {
  name: 'durability',
  text: `SELECT current_setting('fsync'), current_setting('synchronous_commit')`,
};

/** What its owner can do it can do too, and a superuser everything. */
const RIGHTS = {
  name: 'rights',
  text: `
    SELECT string_agg(name || ' on ' || relation::text, ', ')
    FROM unnest(ARRAY['entries', 'strips', 'signed_checkpoints', 'anchors']::regclass[]) AS relation,
    unnest(ARRAY['DELETE', 'TRUNCATE', 'TRIGGER']) AS name
    WHERE has_table_privilege(relation, name)`,
};

/** A write is durable when it returns, or the log must not run. Throws `ConfigError`. */
export async function checkDurability(session: Session): Promise<void> {
  const [row] = await session.read<[string, string]>(DURABILITY, []);
  const [fsync, synchronousCommit] = row!;
  if (fsync === 'off') {
    throw new ConfigError(
      'The PostgreSQL server runs with fsync=off, so that a power failure may damage the log; set it to on.',
    );
  }
  // A standby that has applied it has more than flushed it.
  if (synchronousCommit !== 'remote_apply') await session.script('SET synchronous_commit = on');
}

/** What an operator is told at each start: undefined if the role may do no more than a log needs. */
export async function cautionOf(session: Session): Promise<string | undefined> {
  const [row] = await session.read<[string | null]>(RIGHTS, []);
  const rights = row?.[0];
  if (rights == null) return undefined;
  return (
    'only triggers keep this log append-only: its role owns the tables, or may do more than a log needs ' +
    `(${rights}); let another role own them, by TECP_DATABASE_OWNER (docs/DEPLOYMENT.md)`
  );
}
