/**
 * Judges all that a page shows, by the visitor's policies: in a chunk of its own, with the protocol. What it hands
 * back to be shown is decoded from bytes that it has verified, or is a finding.
 */
import { LRUCache } from 'lru-cache';
import type { EntryAnswer, LogsAnswer, SearchAnswer } from '#explorer/search/answers.ts';
import { parseFilters } from '#explorer/search/filter-url.ts';
import { toHex } from '#protocol/bytes.ts';
import type { ShownCheckpoint } from '../../verify/answers/known-log.ts';
import type { AskedSearch, SearchVerdict } from '../../verify/answers/search.ts';
import type { EvidenceFile } from '../../verify/checkpoints/continuity.ts';
import type { CheckpointVerdict } from '../../verify/checkpoints/judge-checkpoint.ts';
import type { EntryVerdict } from '../../verify/entries/judge-entry.ts';
import type { Finding } from '../../verify/findings.ts';
import { Verifier } from '../../verify/verifier.ts';
import { HOME_LIMIT, OTHERS_LIMIT } from '../data/load.ts';
import type { Content, EntryData, LogData, PageData, SearchData } from '../data/page-data.ts';
import { routeOf } from '../data/route.ts';
import { PAGE_LIMIT } from '../data/search.ts';
import { countText } from '../parts/text.tsx';
import { browserStorage } from './browser-storage.ts';
import type { CheckedPage } from './state.ts';

/** What one part of a page comes to. */
interface Part {
  readonly content: Content;
  readonly findings: readonly Finding[];
  readonly claims: readonly string[];
  /** As ends of a sentence. */
  readonly checked: readonly string[];
  readonly entry?: EntryVerdict;
  readonly entryCheckpoint?: CheckpointVerdict;
  readonly evidence: readonly EvidenceFile[];
}

/** So many pages of searches are remembered, by the query and cursor of the next one: it has to go on where they end. */
const MAX_PAGES = 256;

export class PageChecker {
  readonly #searched = new LRUCache<string, SearchAnswer['searched']>({ max: MAX_PAGES });
  readonly verifier = new Verifier({
    fetch: (input, init) => fetch(input, init),
    nowMs: Date.now,
    storage: browserStorage(),
    url: location.origin,
  });

  /** `askedMs` is when the browser began to ask for it. Rejects for no answer of a server. */
  async check(data: PageData, askedMs: number): Promise<CheckedPage> {
    const logs = await this.verifier.logs(data.logs, askedMs);
    const part = await this.#part(data, askedMs);
    const known = logs.logs.map(({ answer }) => answer);
    const trusts = known.map(({ log }) => this.verifier.log(log)!.trust.words);
    const verdicts = logs.logs.flatMap(({ answer, checkpoint }) =>
      checkpoint === undefined ? [] : [[answer.log, checkpoint.verdict] as const],
    );
    return {
      data: { ...data, logs: checkedLogs(data.logs, known), content: part.content },
      findings: distinct([...logs.findings, ...part.findings]),
      checked: [
        ...checkpointsText(verdicts.map(([, { isVerified }]) => isVerified)),
        ...part.checked,
      ],
      claims: [...new Set([...logs.logs.flatMap(({ claims }) => claims), ...part.claims])],
      trust: [...new Set(trusts)],
      ...(part.entry !== undefined && { entry: part.entry }),
      ...(part.entryCheckpoint !== undefined && { entryCheckpoint: part.entryCheckpoint }),
      evidence: onceEach([
        ...evidenceOf(logs.logs.map(({ checkpoint }) => checkpoint)),
        ...part.evidence,
      ]),
      convicted: new Set(
        logs.logs.filter(({ isConvicted }) => isConvicted).map(({ answer }) => answer.log),
      ),
      checkpoints: new Map(verdicts),
      verifier: this.verifier,
    };
  }

  async #part({ url, content }: PageData, askedMs: number): Promise<Part> {
    switch (content.page) {
      case 'home': {
        const verdict = await this.#list(content.latest, {
          filters: {},
          limit: HOME_LIMIT,
          askedMs,
        });
        return { content: { ...content, latest: verdict.shown }, ...verdict };
      }
      case 'search':
        return await this.#search(content, askedMs);
      case 'entry':
        return await this.#entry(url, content, askedMs);
      case 'log':
        return await this.#log(content, askedMs);
      case 'compare': {
        if (content.checkpoints === undefined) return { content, ...NOTHING };
        const verdict = await this.verifier.checkpoints(content.checkpoints, logOf(content.log));
        const { findings, claims, evidence } = verdict;
        return { content, ...NOTHING, findings, claims, evidence };
      }
      default:
        return { content, ...NOTHING };
    }
  }

  async #search(content: SearchData, askedMs: number): Promise<Part> {
    const { found, query, cursor } = content;
    if (found === undefined) return { content, ...NOTHING };
    const filters = parseFilters(new URLSearchParams(query));
    const before = this.#searched.get(`${query} ${cursor}`);
    const asked = {
      filters,
      limit: PAGE_LIMIT,
      askedMs,
      ...(cursor !== undefined && { cursor }),
      ...(before !== undefined && { before }),
    };
    const verdict = await this.#list(found, asked);
    if (verdict.nextCursor !== undefined) {
      this.#searched.set(`${query} ${verdict.nextCursor}`, verdict.shown.searched);
    }
    return { content: { ...content, found: verdict.shown }, ...verdict };
  }

  async #entry(url: string, content: EntryData, askedMs: number): Promise<Part> {
    const [path = '', query = ''] = url.split('?');
    const route = routeOf(path, query);
    const index = route?.page === 'entry' ? route.index : content.entry.index;
    const log = route?.page === 'entry' ? route.log : undefined;
    const verdict = await this.verifier.entry(content.entry, { ...logOf(log), index, askedMs });
    const entry = { ...content.entry, ...(verdict.entry && decodedOf(verdict.entry)) };
    const part = {
      findings: verdict.findings,
      checked: verdict.entry?.isVerified ? ['this entry with its proof'] : [],
      ...(verdict.entry && { entry: verdict.entry }),
      ...(verdict.checkpoint && { entryCheckpoint: verdict.checkpoint.verdict }),
      evidence: evidenceOf([verdict.checkpoint]),
    };
    const { issuer } = entry.summary;
    if (content.others === undefined || issuer === undefined) {
      return { ...part, content: { page: 'entry', entry }, claims: [] };
    }
    const filters = { log: entry.log, issuer };
    const others = await this.#list(content.others, { filters, limit: OTHERS_LIMIT, askedMs });
    return {
      ...part,
      content: { page: 'entry', entry, others: others.shown },
      findings: [...verdict.findings, ...others.findings],
      claims: others.claims,
      evidence: [...part.evidence, ...others.evidence],
      checked: [...part.checked, ...others.checked],
    };
  }

  async #log(content: LogData, askedMs: number): Promise<Part> {
    const asked = { log: content.log, askedMs };
    const stats =
      content.stats === null ? undefined : await this.verifier.stats(content.stats, asked);
    const listed = [
      ...(content.checkpoints.checkpoints.length === 0
        ? []
        : [await this.verifier.checkpoints(content.checkpoints, asked)]),
      ...(content.growth === undefined
        ? []
        : [await this.verifier.checkpoints(content.growth, asked)]),
    ];
    const verdicts = [...(stats === undefined ? [] : [stats]), ...listed];
    const notes = content.checkpoints.checkpoints.length;
    return {
      content,
      findings: verdicts.flatMap(({ findings }) => findings),
      claims: verdicts.flatMap(({ claims }) => claims),
      checked: notes === 0 ? [] : [countText(notes, 'signed checkpoint')],
      evidence: [...evidenceOf([stats?.checkpoint]), ...listed.flatMap(({ evidence }) => evidence)],
    };
  }

  /** A list of entries, each as its own bytes say. */
  async #list(answer: SearchAnswer, asked: AskedSearch) {
    const verdict = await this.verifier.search(answer, asked);
    return {
      shown: {
        ...answer,
        searched: verdict.searched,
        entries: hasForm(verdict) ? answer.entries.map((entry) => corrected(entry, verdict)) : [],
      },
      findings: verdict.findings,
      claims: verdict.claims,
      evidence: evidenceOf([...verdict.checkpoints.values()]),
      checked: entriesText(verdict.entries.filter(({ isVerified }) => isVerified).length),
      nextCursor: verdict.nextCursor,
    };
  }
}

const NOTHING = { findings: [], claims: [], checked: [], evidence: [] };

function evidenceOf(shown: readonly (ShownCheckpoint | undefined)[]): EvidenceFile[] {
  return shown.flatMap((checkpoint) => checkpoint?.continuity.evidence ?? []);
}

/** The same checkpoint stands in several answers of one page. */
function onceEach(evidence: readonly EvidenceFile[]): EvidenceFile[] {
  return [...new Map(evidence.map((file) => [file.name, file])).values()];
}

function entriesText(count: number): string[] {
  if (count === 0) return [];
  return [
    `${countText(count, 'entry', 'entries')} with ${count === 1 ? 'its proof' : 'their proofs'}`,
  ];
}

/** By whether each of the logs' newest is verified. */
function checkpointsText(verified: readonly boolean[]): string[] {
  const count = verified.filter((is) => is).length;
  if (count === 0) return [];
  return [`the newest checkpoint of ${count === 1 ? 'one log' : `${count} logs`}`];
}

/** Of an answer that has not its form, nothing can be shown. */
function hasForm({ findings }: SearchVerdict): boolean {
  return findings.every(({ code }) => code !== 'answer-form');
}

function corrected(entry: EntryAnswer, { entries }: SearchVerdict): EntryAnswer {
  const verdict = entries.find(({ log, index }) => log === entry.log && index === entry.index);
  return verdict === undefined ? entry : { ...entry, ...decodedOf(verdict) };
}

/** What is said of an entry, of its bytes alone. */
function decodedOf({ decoded }: EntryVerdict): Partial<EntryAnswer> {
  if (decoded === undefined) return {};
  const { leafHash, type, summary, fault } = decoded;
  return {
    leaf_hash: toHex(leafHash),
    type,
    summary,
    ...(fault !== undefined && { fault: fault.code }),
  };
}

/** Of an answer that has not its form nothing is known. */
function checkedLogs(logs: LogsAnswer, known: LogsAnswer['logs']): LogsAnswer {
  return { ...logs, logs: known };
}

/** As with evidence. */
function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [JSON.stringify(one), one])).values()];
}

function logOf(log: string | undefined): { readonly log?: string } {
  return log === undefined ? {} : { log };
}
