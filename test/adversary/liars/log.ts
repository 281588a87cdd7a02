/**
 * A log that lies: one key, any number of trees (faces) that grow apart, and an address of its own for
 * each audience, so that it knows whom it is lying to. Honest until it is told otherwise.
 *
 * All methods take and return what fits into a message: they are called from another process.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { EMPTY_ROOT } from '#protocol/merkle/hash.ts';
import { signCheckpoint } from '#protocol/note/checkpoint.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { Face, type OfferAnswer } from '#test/support/face.ts';
import { newKey } from '#test/support/keys.ts';
import { freshReceipt } from '#test/support/log.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { answerBy, type Way } from './ways.ts';

/** Whoever may be lied to. */
export type Audience = 'monitor' | 'one' | 'two' | 'reader';

/** What is not given: one path, or all paths of a sort. */
export type Withheld = 'checkpoint' | 'entries' | 'tiles' | `/${string}`;

/**
 * The checkpoint of a face, with the files of one or the other. Of a size, or `signed`, as it is now;
 * if absent the largest that has been cosigned by a quorum, as an honest log does.
 */
interface Shown {
  readonly checkpoint: string;
  readonly size?: number | 'signed';
  readonly files: string;
}

/** Witnesses that make a quorum, in every policy of the laboratory. */
const QUORUM = 2;

export class LyingLog {
  readonly #key;
  readonly #faces = new Map<string, Face>();
  /** Size that each witness cosigned last, by its address. */
  readonly #cosigned = new Map<string, number>();
  readonly #shown = new Map<string, Shown>();
  #withheld: { audience: Audience | '*'; what: Withheld; way: Way }[] = [];
  /** Bodies in place of what is true, by audience and path. */
  readonly #forged = new Map<string, Uint8Array>();
  #delayMs = 0;

  constructor(origin: string) {
    this.#key = newKey(origin, KEY_TYPES.ed25519);
    this.#faces.set('a', new Face(this.#key));
  }

  /** Begins to listen, for all audiences. */
  async start(): Promise<{ readonly url: string; readonly vkey: string }> {
    const server = createServer((request, response) => {
      const [, audience = '', ...path] = (request.url ?? '').split('/');
      setTimeout(() => void this.#answer(audience, path.join('/'), response), this.#delayMs);
    });
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, vkey: this.#key.verifier.text };
  }

  /** Appends fresh, valid receipts, the same to each of the faces. */
  append(count: number, ...faces: string[]): void {
    for (let i = 0; i < count; i++) this.#appendEntry(freshReceipt(), faces);
  }

  /** Appends a valid receipt with members of its own. */
  appendReceipt(fields: Readonly<Record<string, unknown>>, ...faces: string[]): void {
    this.#appendEntry(freshReceipt(fields), faces);
  }

  appendText(text: string, ...faces: string[]): void {
    this.#appendEntry(encodeUtf8(text), faces);
  }

  #appendEntry(entry: Uint8Array, faces: readonly string[]): void {
    for (const face of faces) this.#face(face).append(entry);
  }

  /** A second tree that begins with `size` entries of face `a`. */
  fork(name: string, size = this.#face('a').tree.size): void {
    this.#faces.set(name, new Face(this.#key, this.#face('a').entries.slice(0, size)));
  }

  size(face = 'a'): number {
    return this.#face(face).tree.size;
  }

  /**
   * Asks a witness to cosign a face as it is now, from the size that the witness is known to be at. With
   * another checkpoint in the request than that of the face, if one is given.
   */
  async offer(face: string, witness: string, checkpoint?: string): Promise<OfferAnswer> {
    const answer = await this.#offer(face, witness, checkpoint);
    if (answer.kind !== 'other-size' || answer.size === this.#cosigned.get(witness)) return answer;
    this.#cosigned.set(witness, answer.size);
    return await this.#offer(face, witness, checkpoint);
  }

  async #offer(face: string, witness: string, checkpoint?: string): Promise<OfferAnswer> {
    const size = this.size(face);
    const old = this.#cosigned.get(witness) ?? 0;
    const answer = await this.#face(face).offer(witness, old, checkpoint);
    if (answer.kind === 'cosigned') this.#cosigned.set(witness, size);
    return answer;
  }

  /** Offers the tree of face `a` as it was at a size, to a witness as it was then. */
  async offerAgain(size: number, witness: string): Promise<OfferAnswer> {
    const { entries } = this.#face('a');
    return await new Face(this.#key, entries.slice(0, size)).offer(witness, size);
  }

  /** What an audience sees from now on. */
  show(
    audience: Audience,
    checkpoint: string,
    options: { size?: number | 'signed'; files?: string } = {},
  ): void {
    this.#shown.set(audience, { checkpoint, files: checkpoint, ...options });
  }

  /** The checkpoint of a face at a size, with all its cosignatures. */
  async note(face = 'a', size = this.size(face)): Promise<string> {
    return await this.#face(face).note(size);
  }

  /** A checkpoint of a face that nobody has cosigned. */
  async signed(face: string, size = this.size(face)): Promise<string> {
    return await this.#face(face).signed(size);
  }

  /** A checkpoint of a size at which there is no tree. */
  signedAs(size: number): string {
    const { origin } = this.#face('a').tree;
    const root = EMPTY_ROOT;
    return signCheckpoint({ origin, size, root, extensions: [] }, this.#key);
  }

  /** The checkpoint of a face under the key of somebody else with the same name. */
  async signedByAnother(face = 'a'): Promise<string> {
    const other = new MemoryLog(newKey(this.#key.verifier.name, KEY_TYPES.ed25519));
    for (const entry of this.#face(face).entries) other.append(entry);
    return await other.checkpoint();
  }

  withhold(audience: Audience | '*', what: Withheld, way: Way): void {
    this.#withheld.push({ audience, what, way });
  }

  /** Withholds nothing from some audiences any more. */
  reveal(...audiences: Audience[]): void {
    this.#withheld = this.#withheld.filter(
      ({ audience }) => !audiences.some((to) => to === audience),
    );
  }

  /** Shows everything again, and nothing false. */
  comeClean(): void {
    this.#withheld = [];
    this.#forged.clear();
    this.#delayMs = 0;
  }

  /** Shows something else at a path: a text, or the file of another face. */
  forge(audience: Audience, path: string, body: { text: string } | { face: string }): void {
    const bytes = 'text' in body ? encodeUtf8(body.text) : this.#face(body.face).file(path)!;
    this.#forged.set(`${audience} ${path}`, bytes);
  }

  /** Takes so long for each answer. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  #face(name: string): Face {
    const face = this.#faces.get(name);
    if (face === undefined) throw new Error(`this log has no face ${name}`);
    return face;
  }

  async #answer(audience: string, path: string, response: ServerResponse): Promise<void> {
    const body = this.#forged.get(`${audience} ${path}`) ?? (await this.#read(audience, path));
    if (body === undefined) {
      response.writeHead(404).end();
      return;
    }
    const way = this.#wayOf(audience, path);
    if (way === undefined) response.end(body);
    else answerBy(way, body, response);
  }

  async #read(audience: string, path: string): Promise<Uint8Array | undefined> {
    const { checkpoint, size, files } = this.#shown.get(audience) ?? WHOLE;
    if (path === 'checkpoint') {
      const face = this.#face(checkpoint);
      const shown = size === 'signed' ? face.tree.size : (size ?? face.publishedBy(QUORUM));
      return shown === undefined ? undefined : encodeUtf8(await face.note(shown));
    }
    return this.#face(files).file(path);
  }

  #wayOf(audience: string, path: string): Way | undefined {
    const own = this.#withheld.filter(({ audience: to }) => to === '*' || to === audience);
    return own.find(({ what }) => isWithheld(what, path))?.way;
  }
}

const WHOLE: Shown = { checkpoint: 'a', files: 'a' };

function isWithheld(what: Withheld, path: string): boolean {
  if (what.startsWith('/')) return path === what.slice(1);
  if (what === 'checkpoint') return path === what;
  const isEntries = path.startsWith('tile/entries/');
  return what === 'entries' ? isEntries : path.startsWith('tile/') && !isEntries;
}
