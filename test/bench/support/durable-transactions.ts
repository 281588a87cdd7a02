/** Commits of SQLite, one after another, of one small row each, every one synced. */
import Database from 'better-sqlite3';

const COUNT = 500;
const ROW_BYTES = 4000;

export function durableTransactions(path: string): { perSecond: number; cpuUs: number } {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY, note TEXT)');
  const put = db.prepare('INSERT INTO rows (note) VALUES (?)');
  const note = 'x'.repeat(ROW_BYTES);
  const [startMs, before] = [performance.now(), process.cpuUsage()];
  for (let i = 0; i < COUNT; i++) put.run(note);
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(before);
  db.close();
  return { perSecond: COUNT / seconds, cpuUs: (user + system) / COUNT };
}
