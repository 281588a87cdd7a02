/**
 * Verdicts on files that a visitor drops, in the words of the command line, and without a single request: receipts
 * with a proof in them or beside them, entries with a proof, evidence, checkpoints, policies, and any other bytes,
 * which can be looked up by their leaf hash. Whoever says which policy counts is handed in.
 */
import { toHex } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { type EvidenceFile, evidenceId, verifyEvidence } from '#protocol/evidence/evidence.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { NO_QUORUM, type Policy } from '#protocol/policy/policy.ts';
import { printable } from '#protocol/printable.ts';
import { parseTlogProof } from '#protocol/proof/tlog-proof.ts';
import { ReceiptError } from '#protocol/receipt/codes.ts';
import { DEFAULT_PROFILE } from '#protocol/receipt/profiles.ts';
import { parseReceipt } from '#protocol/receipt/receipt.ts';
import { type Judged, judgeEntry, judgeReceipt } from '#protocol/verdict/judge.ts';
import {
  describeEntryError,
  EVIDENCE_WORDS,
  evidenceWord,
  type Fact,
  formatTime,
  VERDICT_WORDS,
  type VerdictTone,
  verdictFacts,
} from '#protocol/verdict/words.ts';
import { judgeCheckpoint } from '../checkpoints/judge-checkpoint.ts';
import { describeFinding } from '../findings.ts';
import type { Trust } from '../trust/trust.ts';
import { MAX_FILES } from './limits.ts';
import { type DroppedFile, type Recognised, recognise } from './recognise.ts';

export interface FileVerdict {
  /** Safe to show. */
  readonly name: string;
  readonly kind: Recognised['kind'] | 'entry';
  readonly tone: VerdictTone | 'neutral';
  readonly headline: string;
  readonly reasons: readonly string[];
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly warnings: readonly string[];
  /** By whose policy, where one was asked. */
  readonly trust?: Trust;
  /** Of what may stand in a log: to look it up. Lowercase hex. */
  readonly leafHash?: string;
  /** A policy that the visitor may take as their own. */
  readonly policyText?: string;
}

export interface FileScene {
  /** By which policy a log of this origin is judged. */
  readonly trustIn: (origin: string) => Trust;
  readonly nowMs: number;
  readonly breathe: () => Promise<void>;
}

const PIN = '(not pinned)';

/** Throws RangeError for more than `MAX_FILES`. */
export async function judgeFiles(
  files: readonly DroppedFile[],
  scene: FileScene,
): Promise<FileVerdict[]> {
  if (files.length > MAX_FILES) {
    throw new RangeError(`expected at most ${MAX_FILES} files, got ${files.length}`);
  }
  const known = files.map((file) => ({ file, is: recognise(file) }));
  const proofs = known.flatMap(({ is }) => (is.kind === 'proof' ? [is.text] : []));
  const verdicts: FileVerdict[] = [];
  for (const { file, is } of known) {
    await scene.breathe();
    verdicts.push({ ...judge(file, is, proofs, scene), name: printable(file.name.slice(0, 200)) });
  }
  return verdicts;
}

type Told = Omit<FileVerdict, 'name'>;

const NOTHING = { reasons: [], facts: [], warnings: [] };

function judge(
  file: DroppedFile,
  is: Recognised,
  proofs: readonly string[],
  scene: FileScene,
): Told {
  switch (is.kind) {
    case 'receipt':
      return judgeDroppedReceipt(file, is.content, proofs, scene);
    case 'bytes':
      return judgeBytes(file, proofs, scene);
    case 'proof':
      return judgeProof(is.proof, scene);
    case 'checkpoint':
      return judgeNote(is.note, is.origin, 'checkpoint', scene);
    case 'evidence':
      return judgeEvidence(is.file);
    case 'policy':
      return tellPolicy(is);
    case 'malformed': {
      const reasons = [is.reason].map(printable);
      return { ...NOTHING, kind: 'malformed', tone: 'bad', headline: `Not ${is.what}`, reasons };
    }
    case 'too-large': {
      const reasons = [`${file.bytes.length} bytes, at most ${is.maxBytes} are looked at`];
      return { ...NOTHING, kind: 'too-large', tone: 'bad', headline: 'TOO LARGE', reasons };
    }
  }
}

/** By the proof that it has, or by one that was dropped with it. */
function judgeDroppedReceipt(
  file: DroppedFile,
  content: Uint8Array,
  proofs: readonly string[],
  scene: FileScene,
): Told {
  const own = proofIn(content);
  if (own === undefined) {
    const proven = byProofs(file, proofs, scene);
    if (proven !== undefined) return proven;
  }
  const trust = own === undefined ? undefined : trustOf(own, scene);
  const policy = trust && policyOf(trust);
  const options = { profile: DEFAULT_PROFILE, nowMs: scene.nowMs, ...(policy && { policy }) };
  return tell('receipt', judgeReceipt(content, options).judged, trust);
}

/** Of a visitor who has said whom to trust, and did not name this log. */
const NOBODY: Policy = { logs: [], witnesses: [], groups: [], quorum: NO_QUORUM };

function policyOf({ policy, source }: Trust): Policy | undefined {
  return policy ?? (source === 'visitor' ? NOBODY : undefined);
}

/** Bytes are an entry where a proof of them was dropped, too. */
function judgeBytes(file: DroppedFile, proofs: readonly string[], scene: FileScene): Told {
  const proven = byProofs(file, proofs, scene);
  if (proven !== undefined) return proven;
  const leaf = toHex(leafHash(file.bytes));
  return {
    ...NOTHING,
    kind: 'bytes',
    tone: 'neutral',
    headline: 'BYTES, of which nothing is known here',
    facts: [['leaf hash', leaf]],
    leafHash: leaf,
  };
}

/** Judged by the first proof that is of it. */
function byProofs(
  { bytes }: DroppedFile,
  proofs: readonly string[],
  scene: FileScene,
): Told | undefined {
  for (const text of proofs) {
    const trust = trustOf(text, scene);
    if (trust.policy === undefined) continue;
    const options = { profile: DEFAULT_PROFILE, nowMs: scene.nowMs, policy: trust.policy };
    const { judged } = judgeEntry(bytes, text, { ...options, mustBeReceipt: false });
    if (judged.origin === undefined) continue;
    return tell(judged.issuer === undefined ? 'entry' : 'receipt', judged, trust);
  }
  return undefined;
}

function tell(kind: 'receipt' | 'entry', judged: Judged, trust: Trust | undefined): Told {
  const { text, tone } = VERDICT_WORDS[judged.verdict];
  const facts = [...verdictFacts(judged, PIN), ['profile', judged.profile] as const];
  return {
    kind,
    tone,
    headline: text,
    reasons: judged.errors.map(describeEntryError).map(printable),
    facts: presentIn(facts),
    warnings: judged.warnings.map(describeEntryError).map(printable),
    ...(trust === undefined ? {} : { trust }),
    ...(judged.leaf_hash === undefined ? {} : { leafHash: judged.leaf_hash }),
  };
}

function presentIn(facts: readonly Fact[]) {
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

/** A proof alone shows which tree it leads to, and not of what it is. */
function judgeProof(proof: ReturnType<typeof parseTlogProof>, scene: FileScene): Told {
  const { origin } = parseCheckpoint(parseNote(proof.checkpoint).text);
  const told = judgeNote(proof.checkpoint, origin, 'proof', scene);
  const facts = [['entry', `index ${proof.index}`] as const, ...told.facts];
  const warnings = ['What it proves is seen once its receipt or entry is dropped with it.'];
  return { ...told, facts, warnings };
}

function judgeNote(
  note: string,
  origin: string,
  kind: 'checkpoint' | 'proof',
  { trustIn, nowMs }: FileScene,
): Told {
  const trust = trustIn(origin);
  const { checkpoint, opened, isVerified, findings, words } = judgeCheckpoint(
    note,
    origin,
    trust,
    nowMs,
  );
  const cosigned = (opened?.cosignatures ?? []).map(
    ({ witness, timeSeconds }) =>
      [printable(witness), `cosigned ${formatTime(1000 * timeSeconds)}`] as const,
  );
  const what = kind === 'checkpoint' ? 'CHECKPOINT' : 'PROOF, its checkpoint';
  return {
    ...NOTHING,
    kind,
    tone: isVerified ? 'good' : 'bad',
    headline: `${what} ${isVerified ? 'VERIFIED' : 'NOT VERIFIED'}`,
    reasons: isVerified ? [] : findings.map(describeFinding),
    facts: [
      ['log', printable(origin)],
      ['size', `${checkpoint!.size}`],
      ['root', toHex(checkpoint!.root)],
      ...cosigned,
      ['trust', printable(words)],
    ],
    trust,
  };
}

function judgeEvidence({ evidence, sightings }: EvidenceFile): Told {
  const verdict = verifyEvidence(evidence);
  const { title, tone, signer } = EVIDENCE_WORDS[evidenceWord(verdict)];
  const seen = sightings.map(
    ({ what, where, atMs, by }) =>
      ['seen', printable(`${what}, at ${where}, ${formatTime(atMs)}, says ${by}`)] as const,
  );
  return {
    ...NOTHING,
    kind: 'evidence',
    tone: tone === 'strong' ? 'neutral' : tone,
    headline: `${title}: ${printable(verdict.statement)}`,
    reasons: verdict.reason === undefined ? [] : [printable(verdict.reason)],
    facts: [
      ['kind', evidence.kind],
      [signer, `${printable(evidence.accused.name)} (key ID ${evidence.accused.id})`],
      ['origin', printable(verdict.origin)],
      ['evidence', evidenceId(evidence)],
      ...seen,
    ],
  };
}

function tellPolicy({ text, policy }: Extract<Recognised, { kind: 'policy' }>): Told {
  return {
    ...NOTHING,
    kind: 'policy',
    tone: 'neutral',
    headline: 'POLICY, which you may take as your own',
    facts: [
      ...policy.logs.map(({ key }) => ['log', printable(key.name)] as const),
      ...policy.witnesses.map(({ name }) => ['witness', printable(name)] as const),
      ['quorum', printable(policy.quorum)],
    ],
    policyText: text,
  };
}

/** A proof that cannot be read is one that nobody can be trusted about. */
function trustOf(proofText: string, { trustIn }: FileScene): Trust {
  try {
    const { checkpoint } = parseTlogProof(proofText);
    return trustIn(parseCheckpoint(parseNote(checkpoint).text).origin);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { policy: NOBODY, source: 'explorer', words: 'as its proof cannot be read' };
  }
}

/** The proof in a receipt, if it has one. */
function proofIn(content: Uint8Array): string | undefined {
  try {
    return parseReceipt(content).receipt.log_inclusion?.proof;
  } catch (error) {
    // What is wrong with it, its verdict says.
    if (error instanceof ReceiptError) return undefined;
    throw error;
  }
}
