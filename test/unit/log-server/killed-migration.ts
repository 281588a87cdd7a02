/** Brings a database to schema 3, and is killed when all of it is written but not committed. */
import { moveIntoStrips } from '#log-server/store/sqlite/move-into-strips.ts';
import { SQLITE_APPLICATION_ID, SQLITE_MIGRATIONS } from '#log-server/store/sqlite/schema.ts';
import { openDatabase } from '#service/sqlite.ts';

const migrations = [
  ...SQLITE_MIGRATIONS.slice(0, 2),
  (...args: Parameters<typeof moveIntoStrips>) => {
    // So small that what is written reaches the write-ahead log before the commit.
    args[0].pragma('cache_size = 10');
    moveIntoStrips(...args);
    process.kill(process.pid, 'SIGKILL');
  },
];
openDatabase(process.argv[2]!, {
  kind: 'log',
  applicationId: SQLITE_APPLICATION_ID,
  migrations,
  exclusive: true,
  create: false,
});
