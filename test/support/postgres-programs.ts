/** The versions of PostgreSQL that tests have: those of `test/postgres/`, else that of Debian 12. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installedPrograms } from '#cli/postgres/install.ts';
import { POSTGRES_LOCK } from './postgres-lock.ts';
import { tempFolder } from './temp.ts';

const DEBIAN = '/usr/lib/postgresql/15/bin';

export interface PostgresVersion {
  /** `PostgreSQL 15.18`. */
  readonly name: string;
  readonly programs: string;
}

/** The oldest first; none if tests that need a server are to be left out. */
export const POSTGRES_VERSIONS: readonly PostgresVersion[] = findVersions();

function findVersions(): PostgresVersion[] {
  const installed = [...installedPrograms(POSTGRES_LOCK)].sort().map(([, programs]) => programs);
  if (installed.length === 0 && process.env.TECP_REQUIRE_POSTGRES !== undefined) {
    throw new Error('there is no PostgreSQL: node test/support/install-postgres.ts');
  }
  const debian = existsSync(DEBIAN) ? [DEBIAN] : [];
  return (installed.length > 0 ? installed : debian).map((programs) => {
    const said = execFileSync(join(programs, 'postgres'), ['--version'], { encoding: 'utf8' });
    return { name: `PostgreSQL ${/[\d.]+/.exec(said)?.[0]}`, programs };
  });
}

const copies = new Map<string, string>();

/** The same programs where this user can run them: not everybody may look into every folder of root. */
export function reachablePrograms(programs: string, user: { uid: number } | undefined): string {
  if (user === undefined || canRun(programs, user)) return programs;
  const known = copies.get(programs);
  if (known !== undefined && existsSync(known)) return known;
  const folder = tempFolder();
  execFileSync('chmod', ['755', folder]);
  cpSync(dirname(programs), folder, { recursive: true, verbatimSymlinks: true });
  const copy = join(folder, 'bin');
  copies.set(programs, copy);
  return copy;
}

function canRun(programs: string, user: { uid: number }): boolean {
  try {
    execFileSync(join(programs, 'postgres'), ['--version'], { ...user, cwd: '/', stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
