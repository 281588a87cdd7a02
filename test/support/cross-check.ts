/**
 * For tests of witnesses that look at their peers: what a peer shows, a log whose tiles come or do
 * not, and what a witness says of itself.
 */
import type { ServerResponse } from 'node:http';
import { expect } from 'vitest';
import { RemoteError } from '#client/http.ts';
import { parseEvidence, verifyEvidence } from '#protocol/evidence/evidence.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import type { SignerKey } from '#protocol/note/key.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import type { MemoryLog } from './memory-log.ts';
import { until } from './wait.ts';
import type { Cleanup, TestWitness } from './witness.ts';

/** Ways of a log not to show the tiles that it is asked for. */
export const WITHHOLDING = [404, 429, 503, 'hang', 'slow', 'wrong', 'redirect'] as const;
export type TileMode = 'serve' | (typeof WITHHOLDING)[number];

/** The tiles of a log over HTTP. Which tree they are of, and whether they come, is up to the test. */
export class TileServer {
  mode: TileMode = 'serve';
  view: MemoryLog;
  url = '';

  private constructor(view: MemoryLog) {
    this.view = view;
  }

  static async start(cleanup: Cleanup, view: MemoryLog): Promise<TileServer> {
    const server = new TileServer(view);
    server.url = await cleanup.serve((request, response) => {
      server.#answer((request.url ?? '').slice(1), response);
    });
    return server;
  }

  #answer(path: string, response: ServerResponse): void {
    const { mode } = this;
    const tile = this.view.tile(path);
    if (typeof mode === 'number') response.writeHead(mode, { 'retry-after': '1' }).end();
    else if (mode === 'redirect') response.writeHead(302, { location: `/${path}` }).end();
    else if (tile === undefined) response.writeHead(404).end();
    else if (mode === 'serve') response.end(tile);
    else if (mode === 'wrong') response.end(Buffer.alloc(tile.length, 7));
    else if (mode === 'slow') drip(tile, response);
  }
}

/** One byte now and then: there is always something on its way. */
function drip(tile: Uint8Array, response: ServerResponse): void {
  let at = 0;
  const timer = setInterval(() => response.write(tile.subarray(at, ++at)), 50);
  response.once('close', () => clearInterval(timer));
}

/** A checkpoint as a witness shows it. */
export async function cosignedBy(
  from: MemoryLog,
  size: number,
  keys: readonly SignerKey[],
  timeSeconds = 1_800_000_000,
): Promise<string> {
  const note = parseNote(await from.checkpoint(size));
  const signatures = keys.map((key) => cosign(note.text, key, timeSeconds));
  return formatNote({ text: note.text, signatures: [...note.signatures, ...signatures] });
}

/** What a peer shows: a note, or undefined for nothing. */
export type Show = () => string | undefined | Promise<string>;

/** A peer that answers every checkpoint request with what `show` says, and has no evidence. */
export function servePeer(cleanup: Cleanup, show: Show): Promise<string> {
  return cleanup.serve(async (request, response) => {
    const note = request.url?.endsWith('/checkpoint') ? await show() : undefined;
    response.writeHead(note === undefined ? 404 : 200).end(note);
  });
}

/** Offers the witness a tree of a log, and again while it looks for what it signed before its start. */
export async function feed(
  witness: TestWitness,
  from: MemoryLog,
  oldSize: number,
  size = from.size,
) {
  const request = await from.request(oldSize, size);
  return await until(async () => {
    try {
      return await witness.client.addCheckpoint(request);
    } catch (error) {
      if (codeIn(error) === 'looking') return undefined;
      throw error;
    }
  });
}

/** How that is answered: `cosigned`, or a code. */
export async function codeOf(
  witness: TestWitness,
  from: MemoryLog,
  oldSize: number,
  size: number,
): Promise<string | undefined> {
  try {
    return (await feed(witness, from, oldSize, size)).kind;
  } catch (error) {
    return codeIn(error);
  }
}

/** The code of a problem; throws whatever is none. */
function codeIn(error: unknown): string | undefined {
  if (!(error instanceof RemoteError)) throw error;
  return (JSON.parse(error.body ?? '{}') as { code?: string }).code;
}

/** What the witness lists, after each item has been fetched and verified. */
export async function evidenceOf(witness: TestWitness) {
  const list = (await (await fetch(`${witness.url}/evidence`)).json()) as {
    id: string;
    kind: string;
    standing: string;
    accused: string;
  }[];
  for (const { id } of list) {
    const bytes = await (await fetch(`${witness.url}/evidence/${id}`)).arrayBuffer();
    expect(verifyEvidence(parseEvidence(new Uint8Array(bytes))).proven).toBe(true);
  }
  return list.map(({ kind, accused, standing }) => ({ kind, accused, standing }));
}

/** How often asking a peer (any, if there is one only) had this result. */
export async function checks(witness: TestWitness, result: string, peer = ''): Promise<number> {
  const text = await (await fetch(`${witness.url}/metrics`)).text();
  const name = 'tecp_witness_cross_check_total';
  const labels = `peer="${peer}[^"]*",result="${result}"`;
  const line = new RegExp(`^${name}\\{${labels}\\} (\\d+)`, 'm').exec(text);
  return Number(line?.[1] ?? 0);
}
