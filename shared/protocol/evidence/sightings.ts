/**
 * Where and when something was seen: the lines after the document in a file of evidence
 * (docs/spec/evidence.md section 3).
 *
 * Testimony, not proof: nobody signs it, and it is no part of the identifier. So two observers of one
 * contradiction have the same evidence, each with what they saw.
 */
import { checkBytes } from '../arguments.ts';
import { concatBytes, decodeUtf8, encodeUtf8, equalBytes } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { badEvidence, type Evidence, encodeEvidence, MAX_EVIDENCE_BYTES } from './document.ts';
import { parseEvidence } from './parse.ts';

/** Most sightings in a file: a few for each note and each observer. */
export const MAX_SIGHTINGS = 32;
/** Longest name of an observer, and longest place, in UTF-16 code units. */
export const MAX_OBSERVER_LENGTH = 255;
export const MAX_PLACE_LENGTH = 2048;
/** A line of the longest members, each unit of which takes six bytes when escaped. */
const MAX_LINE_BYTES = 16 * 1024;
/** Largest file, in bytes. */
export const MAX_EVIDENCE_FILE_BYTES = MAX_EVIDENCE_BYTES + MAX_SIGHTINGS * MAX_LINE_BYTES;

export const SIGHTING_SIDES = ['first', 'second', 'entry'] as const;

/** One part of evidence, seen somewhere at a time. */
export interface Sighting {
  /** Which part: a note, or the entry. */
  readonly what: (typeof SIGHTING_SIDES)[number];
  /** Where: a URL, or in words, such as the name of a file. */
  readonly where: string;
  /** When, Unix milliseconds. */
  readonly atMs: number;
  /** Who saw it. */
  readonly by: string;
}

/** A note as it was seen somewhere. */
export interface SeenNote extends Pick<Sighting, 'where' | 'atMs' | 'by'> {
  readonly note: string;
}

export interface EvidenceFile {
  readonly evidence: Evidence;
  /** In ascending order of time; none twice. */
  readonly sightings: readonly Sighting[];
}

/** The members in their canonical order (RFC 8785). */
function toLine({ what, where, atMs, by }: Sighting): string {
  return `${JSON.stringify({ at: atMs, by, what, where })}\n`;
}

const TEXT = /^[^\p{Cc}\p{Zl}\p{Zp}]+$/u;

function isText(value: unknown, maxLength: number): value is string {
  if (typeof value !== 'string' || value.length > maxLength) return false;
  return value.isWellFormed() && TEXT.test(value);
}

/** Whether a value is a sighting within the limits: one that a file can hold. */
export function isSighting({ what, where, atMs, by }: Sighting): boolean {
  const isTime = Number.isSafeInteger(atMs) && atMs >= 0;
  const isPart = SIGHTING_SIDES.includes(what);
  return isTime && isPart && isText(where, MAX_PLACE_LENGTH) && isText(by, MAX_OBSERVER_LENGTH);
}

/**
 * The sightings of the notes of evidence among notes that were seen, by their signed texts: a note of
 * evidence holds one signature line of those that were on it.
 */
export function sightingsOf(evidence: Evidence, seen: readonly SeenNote[]): Sighting[] {
  const notes = [['first', evidence.first] as const];
  const all = 'second' in evidence ? [...notes, ['second', evidence.second] as const] : notes;
  return all.flatMap(([what, note]) =>
    seen
      .filter((it) => signedText(it.note) === signedText(note))
      .map(({ where, atMs, by }) => ({ what, where, atMs, by }))
      .filter(isSighting),
  );
}

function signedText(note: string): string {
  return note.slice(0, note.lastIndexOf('\n\n'));
}

/**
 * The bytes of a file: the document, a newline, and a line for each sighting in the order of time. Of
 * more than fit, the earliest are kept. Throws RangeError for a sighting beyond the limits.
 */
export function formatEvidenceFile({ evidence, sightings }: EvidenceFile): Uint8Array {
  const bad = sightings.find((sighting) => !isSighting(sighting));
  if (bad !== undefined) throw new RangeError('expected a sighting within the limits');
  const sorted = sightings.toSorted((a, b) => a.atMs - b.atMs || (toLine(a) < toLine(b) ? -1 : 1));
  const lines = [...new Set(sorted.map(toLine))].slice(0, MAX_SIGHTINGS);
  return concatBytes(encodeEvidence(evidence), encodeUtf8(`\n${lines.join('')}`));
}

function parseLine(line: string): Sighting {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw badEvidence('a line after the document is not JSON', 'sightings');
  }
  const { what, where, at: atMs, by } = (value ?? {}) as Record<string, unknown>;
  const sighting = { what, where, atMs, by } as Sighting;
  if (isSighting(sighting)) return sighting;
  throw badEvidence('a line after the document is not a sighting', 'sightings');
}

/**
 * Parses the bytes of a file: a document, optionally a newline, and then lines of sightings. Throws
 * `bad-evidence`, or `too-large` beyond the caps.
 */
export function parseEvidenceFile(bytes: Uint8Array): EvidenceFile {
  checkBytes(bytes, 'evidence');
  if (bytes.length > MAX_EVIDENCE_FILE_BYTES) {
    throw new ProtocolError('too-large', `file above ${MAX_EVIDENCE_FILE_BYTES} bytes`);
  }
  const end = bytes.indexOf(0x0a);
  const document = end < 0 ? bytes : bytes.subarray(0, end);
  const evidence = parseEvidence(document);
  const rest = end < 0 ? new Uint8Array() : bytes.subarray(end + 1);
  if (rest.length === 0) return { evidence, sightings: [] };
  const text = readText(rest);
  const lines = text.slice(0, -1).split('\n', MAX_SIGHTINGS + 1);
  if (!text.endsWith('\n') || lines.length > MAX_SIGHTINGS) {
    throw badEvidence(`expected at most ${MAX_SIGHTINGS} lines of sightings`, 'sightings');
  }
  const file = { evidence, sightings: lines.map(parseLine) };
  if (equalBytes(formatEvidenceFile(file), bytes)) return file;
  throw badEvidence('the sightings are not in canonical form', 'sightings');
}

function readText(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (error instanceof ProtocolError) throw badEvidence('not UTF-8', 'sightings');
    throw error;
  }
}
