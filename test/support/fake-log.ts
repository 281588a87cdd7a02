/**
 * For tests of the monitor: logs and witnesses over real HTTP that say whatever a test wants them to,
 * honest or not. A tree is grown from entries; what is shown of it is up to the test.
 */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from '#crypto';
import { concatBytes, encodeUtf8 } from '#protocol/bytes.ts';
import { type Evidence, encodeEvidence, evidenceId } from '#protocol/evidence/evidence.ts';
import { type Hash, leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { encodeEntryBundle, fullTileRoot, parseTilePath } from '#protocol/merkle/tiles.ts';
import { signCheckpoint } from '#protocol/note/checkpoint.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import { KEY_TYPES, makeSignerKey, type SignerKey } from '#protocol/note/key.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import { witnessCheckpointPath } from '#protocol/witness/add-checkpoint.ts';
import { listed } from './evidence.ts';

/** Answers GETs by path; `undefined` is 404, a number a status, 'hang' no answer at all. */
export type Answer = Uint8Array | string | number | 'hang' | undefined;

export class FakeServer {
  readonly #server = createServer(((request, response) => {
    const path = (request.url ?? '').slice(1);
    this.requests.push(path);
    const answer = this.down ? undefined : this.answer(path);
    if (this.down) request.socket.destroy();
    else if (answer === 'hang') return;
    else if (typeof answer === 'number') response.writeHead(answer).end();
    else if (answer === undefined) response.writeHead(404).end();
    else response.end(answer);
  }) satisfies RequestListener);
  readonly requests: string[] = [];
  /** Breaks every connection, as a process that is not there. */
  down = false;
  url = '';
  answer: (path: string) => Answer = () => undefined;

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Entries and their tree, growing. */
export class FakeTree {
  readonly entries: Uint8Array[] = [];
  readonly #levels: Hash[][] = [[]];
  readonly #builder = TileBuilder.empty();
  readonly #roots: Hash[] = [this.#builder.root()];

  /** Appends given entries, or that many made of `label`. */
  append(entries: number | readonly Uint8Array[], label = 'entry'): this {
    const first = this.entries.length;
    const list =
      typeof entries === 'number'
        ? Array.from({ length: entries }, (_, i) => encodeUtf8(`${label} ${first + i}`))
        : entries;
    for (const entry of list) this.#appendOne(entry);
    return this;
  }

  #appendOne(entry: Uint8Array): void {
    this.entries.push(entry);
    this.#builder.append(leafHash(entry));
    this.#roots.push(this.#builder.root());
    this.#push(0, leafHash(entry));
  }

  #push(level: number, hash: Hash): void {
    this.#levels[level] ??= [];
    const hashes = this.#levels[level];
    hashes.push(hash);
    if (hashes.length % 256 === 0) this.#push(level + 1, fullTileRoot(hashes.slice(-256)));
  }

  get size(): number {
    return this.entries.length;
  }

  root(size = this.size): Hash {
    return this.#roots[size]!;
  }

  /** The same entries so far, to go another way. */
  fork(): FakeTree {
    return new FakeTree().append(this.entries);
  }

  /** The file at a tile path; undefined if the tree does not have it. */
  file(path: string): Uint8Array | undefined {
    const { level, index, width } = parseTilePath(path);
    const start = index * 256;
    if (level === 'entries') {
      const entries = this.entries.slice(start, start + width);
      return entries.length === width ? encodeEntryBundle(entries) : undefined;
    }
    const hashes = this.#levels[level]?.slice(start, start + width) ?? [];
    return hashes.length === width ? concatBytes(...hashes) : undefined;
  }
}

/** A log that shows `tree` and, as its checkpoint, `note`. */
export class FakeLog extends FakeServer {
  readonly key: SignerKey;
  tree = new FakeTree();
  /** What is shown as the checkpoint; nothing before it is set. */
  note: Answer;
  /** Answers by path, in place of the tree's. */
  readonly overrides = new Map<string, Answer>();

  constructor(origin = 'log.example/test') {
    super();
    this.key = makeSignerKey(origin, KEY_TYPES.ed25519, randomBytes(32));
    this.answer = (path) => {
      if (this.overrides.has(path)) return this.overrides.get(path);
      if (path === 'checkpoint') return this.note;
      return path.startsWith('tile/') ? this.tree.file(path) : undefined;
    };
  }

  get origin(): string {
    return this.key.verifier.name;
  }

  /** Signs a checkpoint of a tree (its own) at a size (the whole), without showing it. */
  sign(tree = this.tree, size = tree.size): string {
    return signCheckpoint(
      { origin: this.origin, size, root: tree.root(size), extensions: [] },
      this.key,
    );
  }
}

/** A witness with keys of both kinds that cosigns and shows whatever it is told to. */
export class PuppetWitness extends FakeServer {
  readonly keys: readonly [SignerKey, SignerKey];
  readonly name: string;
  /** By origin. */
  readonly shown = new Map<string, Answer>();
  readonly evidence: Evidence[] = [];
  listing: Answer;

  constructor(name: string) {
    super();
    this.name = name;
    this.keys = [
      makeSignerKey(`${name}.example`, KEY_TYPES.cosignatureEd25519, randomBytes(32)),
      makeSignerKey(`${name}.example`, KEY_TYPES.cosignatureMlDsa44, randomBytes(32)),
    ];
    this.answer = (path) => {
      if (path === 'evidence') return this.listing ?? JSON.stringify(this.evidence.map(listed));
      const evidence = this.evidence.find((item) => path === `evidence/${evidenceId(item)}`);
      if (evidence !== undefined) return encodeEvidence(evidence);
      return [...this.shown].find(([origin]) => path === witnessCheckpointPath(origin))?.[1];
    };
  }

  /** The note with this witness's cosignatures added. */
  cosign(note: string, timeSeconds = Math.floor(Date.now() / 1000), keys = [...this.keys]): string {
    const { text, signatures } = parseNote(note);
    const lines = keys.map((key) => cosign(text, key, timeSeconds));
    return formatNote({ text, signatures: [...signatures, ...lines] });
  }

  /** Cosigns the log's note and shows it. */
  show(log: FakeLog, note: string, timeSeconds?: number): void {
    this.shown.set(log.origin, this.cosign(note, timeSeconds));
  }
}

/** As `tecp up` writes it: a group of both keys for each witness, and a majority of the groups. */
export function fakePolicy(logs: readonly FakeLog[], witnesses: readonly PuppetWitness[]): string {
  const majority = Math.floor(witnesses.length / 2) + 1;
  const names = witnesses.map(({ name }) => name).join(' ');
  return [
    ...logs.map(({ key, url }) => `log ${key.verifier.text} ${url}`),
    ...witnesses.flatMap(({ name, keys: [ed, pq], url }) => [
      `witness ${name}-ed ${ed.verifier.text} ${url}`,
      `witness ${name}-pq ${pq.verifier.text} ${url}`,
      `group ${name} all ${name}-ed ${name}-pq`,
    ]),
    ...(witnesses.length > 0 ? [`group quorum ${majority} ${names}`, 'quorum quorum'] : []),
    ...(witnesses.length === 0 ? ['quorum none'] : []),
    '',
  ].join('\n');
}

/** The log publishes its whole tree, cosigned by these witnesses, who show it, too. */
export function publish(log: FakeLog, witnesses: readonly PuppetWitness[], time?: number): string {
  const signed = log.sign();
  for (const witness of witnesses) witness.show(log, signed, time);
  const note = witnesses.reduce((cosigned, witness) => witness.cosign(cosigned, time), signed);
  log.note = note;
  return note;
}
