/**
 * Programs of others that are measured beside this one, built from the versions that `test/bench/peers/go.mod`
 * pins: Tessera's POSIX conformance server, as it is and with its batching tuned, and omniwitness.
 *
 * Their sources are taken into a folder where two things are changed: how long Tessera's server gathers a
 * batch, which is a constant of its program, and a function of a library that omniwitness needs for subtrees
 * only. The first build takes a minute or two; what it made is found again in `.node/peers`.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.ts';

export interface Peers {
  readonly tessera: string;
  readonly tesseraTuned: string;
  readonly omniwitness: string;
}

const SOURCES = join(ROOT, 'test/bench/peers');
const TESSERA = 'github.com/transparency-dev/tessera/cmd/conformance/posix';
const OMNIWITNESS = 'github.com/transparency-dev/witness/cmd/omniwitness';
const MERKLE_PROOF = 'github.com/transparency-dev/merkle/proof';

/** In the source of the conformance server: entries of a batch, and how long it gathers. */
const DEFAULT_BATCHING = 'WithBatching(256, time.Second)';
/** A batch that 512 writers fill, and no longer a wait than a commit takes where there are fewer. */
export const TUNED_BATCHING = 'WithBatching(512, 10*time.Millisecond)';

/** Undefined where Go is missing. Throws when a build fails. */
export function buildPeers(): Peers | undefined {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const made = join(ROOT, '.node/peers', fingerprint());
  if (!existsSync(made)) build(made);
  const [tessera, tesseraTuned, omniwitness] = ['posix', 'posix-tuned', 'omniwitness'].map((name) =>
    join(made, name),
  ) as [string, string, string];
  return { tessera, tesseraTuned, omniwitness };
}

function fingerprint(): string {
  const hash = createHash('sha256').update(TUNED_BATCHING);
  for (const name of ['go.sum', 'subtree/subtree.go'])
    hash.update(readFileSync(join(SOURCES, name)));
  return hash.digest('hex').slice(0, 16);
}

function build(made: string): void {
  console.error(
    'building the peers that are measured beside this program; this takes a minute ...',
  );
  const stage = `${made}.${process.pid}`;
  mkdirSync(stage, { recursive: true });
  try {
    for (const name of ['go.mod', 'go.sum']) cpSync(join(SOURCES, name), join(stage, name));
    const go = (...args: string[]) =>
      execFileSync('go', args, { cwd: stage, stdio: ['ignore', 2, 2] });
    go('mod', 'vendor');
    const vendor = join(stage, 'vendor');
    cpSync(join(SOURCES, 'subtree/subtree.go'), join(vendor, MERKLE_PROOF, 'subtree.go'));
    const compile = (what: string, name: string) =>
      go('build', '-mod=vendor', '-trimpath', '-o', join(stage, name), what);
    compile(TESSERA, 'posix');
    compile(OMNIWITNESS, 'omniwitness');
    const main = join(vendor, TESSERA, 'main.go');
    const source = readFileSync(main, 'utf8');
    if (!source.includes(DEFAULT_BATCHING)) throw new Error(`${main} has no ${DEFAULT_BATCHING}`);
    writeFileSync(main, source.replace(DEFAULT_BATCHING, TUNED_BATCHING));
    compile(TESSERA, 'posix-tuned');
    rmSync(vendor, { recursive: true });
    renameSync(stage, made);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}
