/**
 * A witness made of one HTTP handler: honest by default, and anything else that a test asks for.
 * It shares no code with the real witness but the formats.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Hash } from '#protocol/merkle/hash.ts';
import { EMPTY_ROOT } from '#protocol/merkle/hash.ts';
import { verifyConsistency } from '#protocol/merkle/proof.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import { KEY_TYPES, makeSignerKey, type SignerKey } from '#protocol/note/key.ts';
import { formatNote, formatSignatureLine, parseNote } from '#protocol/note/note.ts';
import { type AddCheckpointRequest, parseAddCheckpoint } from '#protocol/witness/add-checkpoint.ts';

export interface FakeAnswer {
  readonly status: number;
  readonly body: string;
}

/** Answers an offer; undefined for the honest answer, 'hang' for none at all. */
export type Behaviour = (
  request: AddCheckpointRequest,
) => FakeAnswer | undefined | 'hang' | Promise<FakeAnswer | undefined | 'hang'>;

const KINDS = { ed: KEY_TYPES.cosignatureEd25519, pq: KEY_TYPES.cosignatureMlDsa44 } as const;

export class FakeWitness {
  readonly name: string;
  readonly keys: { readonly ed: SignerKey; readonly pq: SignerKey };
  /** Offers received, oldest first. */
  readonly offers: AddCheckpointRequest[] = [];
  behaviour: Behaviour = () => undefined;
  /** What `GET <hash>/checkpoint` shows. */
  note: string | undefined;
  /** Whether it has that GET at all: witnesses need not. */
  showsCheckpoint = true;
  /** How far its clock is ahead. */
  aheadMs = 0;
  size = 0;
  root: Hash = EMPTY_ROOT;
  url = '';
  readonly #server = createServer((incoming, outgoing) => void this.#handle(incoming, outgoing));

  constructor(name: string, seed: number) {
    this.name = name;
    const key = (kind: 'ed' | 'pq') =>
      makeSignerKey(`witness.example/${name}`, KINDS[kind], new Uint8Array(32).fill(seed));
    this.keys = { ed: key('ed'), pq: key('pq') };
  }

  static async start(name: string, seed: number): Promise<FakeWitness> {
    const witness = new FakeWitness(name, seed);
    const server = witness.#server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    witness.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return witness;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Lines of a policy: both keys, and the group of them under the witness's name. */
  get policyLines(): string {
    const { name, url, keys } = this;
    return (
      `witness ${name}-ed ${keys.ed.verifier.text} ${url}\n` +
      `witness ${name}-pq ${keys.pq.verifier.text} ${url}\n` +
      `group ${name} all ${name}-ed ${name}-pq\n`
    );
  }

  /** Cosignature lines of a note by these of its keys. */
  lines(note: string, kinds: readonly ('ed' | 'pq')[] = ['ed', 'pq']): string {
    const { text } = parseNote(note);
    const seconds = Math.floor((Date.now() + this.aheadMs) / 1000);
    return kinds
      .map((kind) => formatSignatureLine(cosign(text, this.keys[kind], seconds)))
      .join('');
  }

  #honest({ oldSize, proof, checkpoint }: AddCheckpointRequest): FakeAnswer {
    if (oldSize !== this.size) return { status: 409, body: `${this.size}\n` };
    const { text, signatures } = parseNote(checkpoint);
    const { size, root } = parseCheckpoint(text);
    if (!verifyConsistency(oldSize, this.root, size, root, proof)) return { status: 422, body: '' };
    this.size = size;
    this.root = root;
    this.note = formatNote({ text, signatures });
    return { status: 200, body: this.lines(checkpoint) };
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    if (incoming.method === 'GET') {
      const note = this.showsCheckpoint ? this.note : undefined;
      outgoing.writeHead(note === undefined ? 404 : 200).end(note);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request = parseAddCheckpoint(Buffer.concat(chunks).toString());
    this.offers.push(request);
    const answer = (await this.behaviour(request)) ?? this.#honest(request);
    if (answer !== 'hang') outgoing.writeHead(answer.status).end(answer.body);
  }
}

/** The witnesses of a policy, and how many of them make a quorum. */
export function policyOf(witnesses: readonly FakeWitness[], quorum: number): string {
  const names = witnesses.map(({ name }) => name).join(' ');
  const lines = witnesses.map(({ policyLines }) => policyLines).join('');
  return `${lines}group quorum ${quorum} ${names}\nquorum quorum\n`;
}
