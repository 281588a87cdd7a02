/**
 * Which version the schema has, and how it gets to that of this program: forward only, all steps in one
 * transaction, in which nobody else makes or changes it. One of a newer program is refused.
 */
import { ConfigError } from '#service/errors.ts';
import { POSTGRES_MIGRATIONS } from './schema.ts';
import type { Session } from './session.ts';

/** Of this program ("TLOG"), with the schema's name beside it. */
const LOCK = 0x544c4f47;

const EXISTS = { name: 'exists', text: `SELECT to_regclass($1) IS NOT NULL` };
const VERSION = { name: 'version', text: 'SELECT version FROM schema_version' };
const HAS_SCHEMA = { name: 'has_schema', text: 'SELECT to_regnamespace($1) IS NOT NULL' };

/** 0 where there is no store. Throws `ConfigError` for that of a newer program. */
export async function schemaVersion(
  session: Session,
  schema: string,
  migrations = POSTGRES_MIGRATIONS,
): Promise<number> {
  const [exists] = await session.read<[string]>(EXISTS, [`${schema}.schema_version`]);
  if (exists?.[0] !== 't') return 0;
  const [row] = await session.read<[number]>(VERSION, []);
  const version = row?.[0] ?? 0;
  if (version > migrations.length) {
    throw new ConfigError(
      `The schema ${schema} was written by a newer version of this program (schema ${version}, this one ` +
        `knows ${migrations.length}); install that version.`,
    );
  }
  return version;
}

/**
 * Brings the schema to the version of this program, making it if need be; `rest` is done in the same transaction
 * and told which version was there. Nothing of it happens if that rejects.
 */
export async function migrate(
  session: Session,
  schema: string,
  rest: (before: number) => Promise<void>,
  migrations = POSTGRES_MIGRATIONS,
): Promise<void> {
  await session.transaction('BEGIN', async () => {
    await session.script(`SELECT pg_advisory_xact_lock(${LOCK}, hashtext('${schema}'))`);
    const before = await schemaVersion(session, schema, migrations);
    if (before < migrations.length) {
      if (before === 0) await makeSchema(session, schema);
      for (const step of migrations.slice(before)) await session.script(step);
      await session.script(`UPDATE schema_version SET version = ${migrations.length}`);
    }
    await rest(before);
  });
}

async function makeSchema(session: Session, schema: string): Promise<void> {
  // Whoever may not make one may have been given one.
  const [has] = await session.read<[string]>(HAS_SCHEMA, [schema]);
  if (has?.[0] !== 't') await session.script(`CREATE SCHEMA ${schema}`);
  await session.script(`
    CREATE TABLE schema_version (id int4 PRIMARY KEY CHECK (id = 1), version int4 NOT NULL);
    INSERT INTO schema_version VALUES (1, 0);`);
}
