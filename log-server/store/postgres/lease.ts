/**
 * The lease of a log on PostgreSQL, which processes on several machines want: columns of the row that every write
 * takes first, so that whoever takes the lease waits for the write that is on its way, and is seen by the next.
 *
 * Whose session has ended the server knows: with a process that was killed its connection is gone at once.
 */
import { sha256 } from '#crypto';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { asHash } from '#protocol/merkle/hash.ts';
import { type Overview, StoreError, type WantedLease } from '../store.ts';
import type { Queries, Session, Statement } from './session.ts';

const OVERVIEW: Statement = {
  name: 'overview',
  text: `
    SELECT size, root, fencing, beats, holder,
      NOT EXISTS (
        SELECT 1 FROM pg_stat_get_activity(session_pid)
        WHERE coalesce(backend_start, session_began) = session_began
      ),
      (SELECT max(size) FROM signed_checkpoints),
      (SELECT CASE WHEN sha256(convert_to(note, 'UTF8')) = $1 THEN '' ELSE note END FROM published),
      (SELECT coalesce(max(size), 0) FROM anchors),
      frozen
    FROM log`,
};

type OverviewRow = [
  size: number,
  root: Uint8Array,
  fencing: number,
  beats: number,
  holder: string | null,
  isAbandoned: string,
  signedSize: number | null,
  /** Empty where it is the one that is known. */
  published: string | null,
  newestAnchorSize: number,
  isFrozen: string,
];

/** Without a number that was seen whoever has the lease loses it. */
const TAKE: Statement = {
  name: 'take_lease',
  text: `
    UPDATE log SET fencing = fencing + 1, holder = $2, session_pid = pg_backend_pid(),
      session_began = (SELECT backend_start FROM pg_stat_get_activity(pg_backend_pid()))
    WHERE fencing = coalesce($1, fencing) RETURNING fencing`,
};

const BEAT: Statement = {
  name: 'beat',
  text: 'UPDATE log SET beats = beats + 1 WHERE fencing = $1 RETURNING 1',
};

/** As long as others wait for one. */
const BEAT_PATIENCE_MS = 5000;

/**
 * `last` is the published checkpoint that was read last: ten kilobytes, which do not come again while it is the one. From
 * far away they would take more than a round trip.
 */
export async function readOverview(queries: Queries, last?: string): Promise<Overview> {
  const known = last === undefined ? null : Buffer.from(sha256(encodeUtf8(last)));
  const [row] = await queries.read<OverviewRow>(OVERVIEW, [known]);
  const [size, root, fencing, beats, holder, isAbandoned, signedSize, note, anchor, frozen] = row!;
  const published = note === '' ? last : note;
  return {
    lease: { fencing, beats, holder: holder ?? undefined, isAbandoned: isAbandoned === 't' },
    head: { size, root: asHash(root) },
    signedSize: signedSize ?? undefined,
    published: published ?? undefined,
    newestAnchorSize: anchor,
    isFrozen: frozen === 't',
  };
}

/** Returns the new fencing number. Rejects with 'conflict' if the lease is not as it was seen. */
export async function takeLease(session: Session, wanted?: WantedLease): Promise<number> {
  const [row] = await session.write<[number]>(TAKE, [wanted?.seen, wanted?.holder]);
  if (row !== undefined) return row[0];
  throw new StoreError('conflict', 'another process has taken the lease');
}

/**
 * Rejects with 'conflict' if the lease is another's. Where the server says nothing meanwhile, the session ends with all that
 * waits for it: another process may have the lease by then.
 */
export async function beat(session: Session, fencing: number): Promise<void> {
  const rows = await session.within(BEAT_PATIENCE_MS, session.write(BEAT, [fencing]));
  if (rows.length === 0) throw new StoreError('conflict', 'the lease is lost');
}
