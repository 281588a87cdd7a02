/**
 * Schema of the store. `POSTGRES_MIGRATIONS[v]` leads from version v to v + 1; a migration that has been released
 * is never edited.
 *
 * The database itself refuses to change or remove what a log must never change, whoever asks, and in whichever way.
 * That a leaf is in the log once only is a unique index over what the entries themselves hash to: no hash can be in
 * it that is not that of its entry.
 */

/** A trigger that nobody's session turns off, for statements of the kinds that `events` says. */
function guard(table: string, events: string, name: string): string {
  const each = /TRUNCATE|INSERT/.test(events) ? 'STATEMENT' : 'ROW';
  return `
  CREATE TRIGGER ${name} BEFORE ${events} ON ${table} FOR EACH ${each} EXECUTE FUNCTION ${name}();
  ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${name};`;
}

/** A function of a trigger. Its errors are of the class that says that a constraint was violated. */
function refusing(name: string, condition: string, message: string): string {
  return `
  CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
  BEGIN
    IF ${condition} THEN
      RAISE EXCEPTION '%', format('${message}', TG_TABLE_NAME) USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END $$;`;
}

/** The same for a statement, by what the row of the log says. */
function refusingWhere(name: string, condition: string, message: string): string {
  return `
  CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
  DECLARE is_so bool;
  BEGIN
    EXECUTE format('SELECT ${condition} FROM %I.log', TG_TABLE_SCHEMA) INTO is_so;
    IF is_so THEN
      RAISE EXCEPTION '%', format('${message}', TG_TABLE_NAME) USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
  END $$;`;
}

const APPEND_ONLY = ['entries', 'signed_checkpoints', 'anchors'];
const ALL = [...APPEND_ONLY, 'log', 'strips', 'published'];

export const POSTGRES_MIGRATIONS: readonly string[] = [
  `
  -- One row: whose log this is, its newest tree, and the fencing number of the writer's lease.
  CREATE TABLE log (
    id int4 PRIMARY KEY CHECK (id = 1),
    origin text NOT NULL,
    verifier_key text NOT NULL,
    size int8 NOT NULL CHECK (size >= 0),
    root bytea NOT NULL CHECK (length(root) = 32),
    fencing int8 NOT NULL
  ) WITH (fillfactor = 50);

  CREATE TABLE entries (
    idx int8 PRIMARY KEY CHECK (idx >= 0),
    bytes bytea NOT NULL
  );
  -- Hashes and signatures, which no compression makes shorter.
  ALTER TABLE entries ALTER COLUMN bytes SET STORAGE EXTERNAL;
  CREATE UNIQUE INDEX entries_leaf_hash ON entries (sha256('\\x00'::bytea || bytes));

  -- The tree in pieces of 16 hashes, each in its greatest width so far.
  CREATE TABLE strips (
    level int4 NOT NULL,
    idx int8 NOT NULL,
    hashes bytea NOT NULL CHECK (length(hashes) BETWEEN 32 AND 512 AND length(hashes) % 32 = 0),
    PRIMARY KEY (level, idx)
  ) WITH (fillfactor = 90);
  ALTER TABLE strips ALTER COLUMN hashes SET STORAGE PLAIN;

  CREATE TABLE signed_checkpoints (
    size int8 PRIMARY KEY,
    root bytea NOT NULL,
    note text NOT NULL
  );

  -- Published checkpoints that are kept for ever, with their cosignatures.
  CREATE TABLE anchors (
    size int8 PRIMARY KEY,
    note text NOT NULL
  );

  -- One row once there is something to publish.
  CREATE TABLE published (
    id int4 PRIMARY KEY CHECK (id = 1),
    size int8 NOT NULL,
    note text NOT NULL
  );
  ${refusing('append_only', 'true', '%s is append-only')}
  ${refusing('never_removed', 'true', '%s is never removed')}
  ${refusing(
    'log_grows',
    `NEW.id <> OLD.id OR NEW.origin <> OLD.origin OR NEW.verifier_key <> OLD.verifier_key
      OR NEW.fencing < OLD.fencing OR NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root)`,
    'the row of %s only grows',
  )}
  ${refusing(
    'strips_grow',
    `NEW.level <> OLD.level OR NEW.idx <> OLD.idx
      OR substring(NEW.hashes FROM 1 FOR length(OLD.hashes)) <> OLD.hashes`,
    '%s only grow',
  )}
  ${refusing('published_grows', 'NEW.size < OLD.size', '%s is replaced by a larger one only')}
  ${APPEND_ONLY.map((table) => guard(table, 'UPDATE', 'append_only')).join('')}
  ${guard('log', 'UPDATE', 'log_grows')}
  ${guard('strips', 'UPDATE', 'strips_grow')}
  ${guard('published', 'UPDATE', 'published_grows')}
  ${ALL.map((table) => guard(table, 'DELETE OR TRUNCATE', 'never_removed')).join('')}
  `,
  `
  -- Who has the lease, for the other processes that want it (lease.ts).
  ALTER TABLE log ADD COLUMN beats int8 NOT NULL DEFAULT 0;
  ALTER TABLE log ADD COLUMN holder text CHECK (length(holder) <= 2000);
  ALTER TABLE log ADD COLUMN session_pid int4;
  ALTER TABLE log ADD COLUMN session_began timestamptz;
  `,
  `
  -- A frozen log's tree never grows. Of a log that has moved nothing new is signed here, either: its key
  -- signs elsewhere. A store that is arriving is not the log's yet.
  ALTER TABLE log ADD COLUMN frozen bool NOT NULL DEFAULT false;
  ALTER TABLE log ADD COLUMN moved_to text;
  ALTER TABLE log ADD COLUMN arriving_from text;
  ${refusing(
    'log_stays_ended',
    `OLD.moved_to IS NOT NULL OR NEW.frozen < OLD.frozen
      OR (OLD.frozen AND (NEW.size <> OLD.size OR NEW.root <> OLD.root))`,
    '%s was ended',
  )}
  ${guard('log', 'UPDATE', 'log_stays_ended')}
  ${refusingWhere('ended_keeps', 'frozen OR moved_to IS NOT NULL', 'the log of %s was ended')}
  ${refusingWhere('moved_keeps', 'moved_to IS NOT NULL', 'the log of %s has moved')}
  ${['entries', 'strips'].map((table) => guard(table, 'INSERT', 'ended_keeps')).join('')}
  ${guard('signed_checkpoints', 'INSERT', 'moved_keeps')}
  `,
  `
  -- An ended log keeps its strips as they are, and a log that has moved what it has published, too.
  DROP TRIGGER ended_keeps ON strips;
  ${guard('strips', 'INSERT OR UPDATE', 'ended_keeps')}
  ${guard('anchors', 'INSERT', 'moved_keeps')}
  ${guard('published', 'INSERT OR UPDATE', 'moved_keeps')}
  `,
];

/** What the role of a log may do, where another one owns the tables: whatever is not here it may not. */
export function grants(schema: string, role: string): string {
  return `
  GRANT USAGE ON SCHEMA ${schema} TO ${role};
  GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${role};
  GRANT INSERT ON entries, strips, signed_checkpoints, anchors, published TO ${role};
  GRANT UPDATE (size, root, fencing, beats, holder, session_pid, session_began, frozen, moved_to)
    ON log TO ${role};
  GRANT UPDATE (hashes) ON strips TO ${role};
  GRANT UPDATE (size, note) ON published TO ${role};`;
}
