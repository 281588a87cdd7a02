/**
 * A witness that cosigns whatever it is offered, and shows what it is told to. Honest as far as the
 * logs are that it is told of.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from '#crypto';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { parseEvidence } from '#protocol/evidence/evidence.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { formatNote, formatSignatureLine, parseNote } from '#protocol/note/note.ts';
import { parseAddCheckpoint, witnessCheckpointPath } from '#protocol/witness/add-checkpoint.ts';
import { sleep } from '#service/schedule.ts';
import { listed } from '#test/support/evidence.ts';
import { newKey } from '#test/support/keys.ts';
import { answerBy, type Way } from './ways.ts';

const POLL_MS = 50;

export class LyingWitness {
  readonly #keys;
  /** By the path at which it is shown. */
  readonly #shown = new Map<string, string>();
  /** Whether it shows what it cosigned last. */
  #showsLast = true;
  #withheld: { what: 'offers' | 'everything'; way: Way } | undefined;
  #aheadSeconds = 0;
  /** How many of its keys it signs with. */
  #signing = 2;
  #listing = '[]';
  readonly #evidence = new Map<string, Uint8Array>();
  /** How often each path was asked for. */
  readonly #asked = new Map<string, number>();

  constructor(name: string) {
    this.#keys = [
      newKey(name, KEY_TYPES.cosignatureEd25519),
      newKey(name, KEY_TYPES.cosignatureMlDsa44),
    ];
  }

  async start(): Promise<{ readonly url: string; readonly vkeys: readonly string[] }> {
    const server = createServer((incoming, outgoing) => void this.#handle(incoming, outgoing));
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}`,
      vkeys: this.#keys.map(({ verifier }) => verifier.text),
    };
  }

  /** The note with the cosignatures of both keys, at a time in POSIX seconds. */
  cosigned(note: string, timeSeconds = this.#now()): string {
    const { text, signatures } = parseNote(note);
    const lines = this.#keys.map((key) => cosign(text, key, timeSeconds));
    return formatNote({ text, signatures: [...signatures, ...lines] });
  }

  /** Shows this note of a log from now on, whatever it cosigns. */
  show(origin: string, note: string): void {
    this.#shown.set(witnessCheckpointPath(origin), note);
    this.#showsLast = false;
  }

  /** Whether it shows what it cosigned last; it does at first. */
  showLast(whether: boolean): void {
    this.#showsLast = whether;
  }

  withhold(what: 'offers' | 'everything', way: Way): void {
    this.#withheld = { what, way };
  }

  /** Its clock is so far ahead from now on. */
  setClock(aheadSeconds: number): void {
    this.#aheadSeconds = aheadSeconds;
  }

  signWith(keys: number): void {
    this.#signing = keys;
  }

  /** Has a text as its list of evidence, and documents by their ids, whatever they prove. */
  list(text: string, documents: Readonly<Record<string, string>> = {}): void {
    this.#listing = text;
    for (const [id, document] of Object.entries(documents)) {
      this.#evidence.set(id, encodeUtf8(document));
    }
  }

  /** Has a text at a path. */
  serve(path: string, text: string): void {
    this.#shown.set(path, text);
  }

  /** Lists real evidence, given as canonical text, behind so many pieces against strangers. */
  publish(document: string, behind = 0): void {
    const evidence = parseEvidence(encodeUtf8(document));
    const item = listed(evidence);
    const strangers = Array.from({ length: behind }, () => {
      const id = Buffer.from(randomBytes(32)).toString('hex');
      return {
        id,
        kind: item.kind,
        origin: 'stranger.example/log',
        accused: `${id}+00000000+AQ==`,
      };
    });
    this.list(JSON.stringify([...strangers, item]), { [item.id]: document });
  }

  /** Until a path has been asked for so often from now on. */
  async untilAsked(path: string, times: number): Promise<void> {
    const end = (this.#asked.get(path) ?? 0) + times;
    while ((this.#asked.get(path) ?? 0) < end) await sleep(POLL_MS);
  }

  #now(): number {
    return Math.floor(Date.now() / 1000) + this.#aheadSeconds;
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const isOffer = incoming.method === 'POST';
    const path = (incoming.url ?? '').slice(1);
    this.#asked.set(path, (this.#asked.get(path) ?? 0) + 1);
    const body = isOffer ? await this.#offered(incoming) : this.#read(path);
    const { what, way } = this.#withheld ?? {};
    const isWithheld = what === 'everything' || (what === 'offers' && isOffer);
    if (isWithheld) answerBy(way!, body ?? encodeUtf8('nothing'), outgoing);
    else outgoing.writeHead(body === undefined ? 404 : 200).end(body);
  }

  /** One that does not answer offers has not cosigned them, either. */
  async #offered(incoming: IncomingMessage): Promise<Uint8Array | undefined> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    if (this.#withheld !== undefined) return undefined;
    const { checkpoint } = parseAddCheckpoint(Buffer.concat(chunks).toString());
    const { text, signatures } = parseNote(checkpoint);
    const keys = this.#keys.slice(0, this.#signing);
    const lines = keys.map((key) => cosign(text, key, this.#now()));
    if (this.#showsLast) {
      const path = witnessCheckpointPath(parseCheckpoint(text).origin);
      this.#shown.set(path, formatNote({ text, signatures: [...signatures, ...lines] }));
    }
    return encodeUtf8(lines.map(formatSignatureLine).join(''));
  }

  #read(path: string): Uint8Array | undefined {
    if (path === 'evidence') return encodeUtf8(this.#listing);
    const [, id] = /^evidence\/(.*)$/.exec(path) ?? [];
    if (id !== undefined) return this.#evidence.get(id);
    const note = this.#shown.get(path);
    return note === undefined ? undefined : encodeUtf8(note);
  }
}
