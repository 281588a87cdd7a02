/**
 * `tecp audit`: re-derives a log from its entries, over HTTP or in a folder, and compares everything
 * that it shows: the same check that the tests and the monitor make.
 */
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { compareWithSaved, readSaved, saveCheckpoint } from '#cli/audit/since.ts';
import { CommandError, EXIT, unusable } from '#cli/lib/errors.ts';
import { readPolicy } from '#cli/lib/files.ts';
import { openLogSource } from '#cli/lib/log-source.ts';
import { logArgument, trustOption } from '#cli/lib/options.ts';
import { formatFacts, plural, printable, printJson } from '#cli/lib/print.ts';
import { startProgress } from '#cli/lib/progress.ts';
import { cosignerNames } from '#cli/lib/witness-names.ts';
import { checkLog, type LogProblem, type LogReport } from '#client/check-log.ts';
import type { SignedCheckpoint } from '#client/compare.ts';
import type { TileSource } from '#client/tile-source.ts';
import { toHex } from '#protocol/bytes.ts';
import { ENTRY_TYPE_NAMES, entryTypes } from '#protocol/entry/registry.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { JudgingThreads } from '#service/judging/judging-threads.ts';

interface AuditOptions {
  readonly trust: string;
  readonly entryTypes: string[];
  readonly treeOnly?: boolean;
  readonly since?: string;
  readonly json?: boolean;
}

const SIGINT_EXIT = 130;

const DETAILS = `
Reads every entry, and checks: each receipt's form and signature; every bundle and tile; that the
entries make the tree that the checkpoint commits to; the checkpoint's signatures and its quorum.
Only the policy file is trusted.

A log may also be a folder, or its file:// URL, that holds the log's public files at their paths:
checkpoint, tile/... It is checked alike. Nothing outside of the folder is read; links are refused.

With --tree-only, no entry is judged: the verdict is on the tree, the checkpoint and its quorum. It is many
times faster, and says nothing about receipts, which verifiers judge by themselves.

With --since, the log's tree must also begin with the one of the checkpoint in the file, which the
first audit makes and each one that finds nothing wrong replaces. If the log contradicts it, the file
stays, and evidence that "evidence verify" judges is written beside it.

Exit codes: 0 all is well, 1 something is wrong (the first thing is named), 2 nothing to audit.

Examples:
  $ ./tecp audit http://127.0.0.1:8400 --policy data/policy.txt
  $ ./tecp audit https://log.example.com --policy policy.txt --json
  $ ./tecp audit file:///var/lib/mirror --policy policy.txt
  $ ./tecp audit --policy policy.txt --since log.checkpoint      every night`;

export function auditCommand(): Command {
  return new Command('audit')
    .description('Checks a whole log: every entry, tile and root, signatures and quorum.')
    .argument(
      '[log]',
      'URL prefix of the log, or a folder (default: TECP_LOG, else the URL of the policy file)',
    )
    .addOption(trustOption('policy file: which logs and witnesses to trust').makeOptionMandatory())
    .option(
      '--entry-types <types>',
      `what the log may carry, separated by commas (${ENTRY_TYPE_NAMES.join(', ')})`,
      parseEntryTypes,
      ['tecp-receipt'],
    )
    .option('--tree-only', 'judge no entry: only that the entries make the signed tree')
    .option('--since <file>', 'checkpoint of the last audit: proven consistent, and updated')
    .option('--json', 'print the report as one line of JSON')
    .addHelpText('after', DETAILS)
    .action(audit);
}

function parseEntryTypes(text: string): string[] {
  const names = text.split(',');
  const unknown = names.find((name) => !ENTRY_TYPE_NAMES.includes(name));
  if (unknown === undefined) return names;
  throw new InvalidArgumentError(`Expected one of ${ENTRY_TYPE_NAMES.join(', ')}.`);
}

async function audit(named: string | undefined, options: AuditOptions): Promise<void> {
  const policy = await readPolicy(options.trust);
  const log = logArgument(named) ?? policy.logs.find(({ url }) => url !== undefined)?.url;
  if (log === undefined) throw unusable(`${options.trust} names no log with a URL; give one.`);
  const saved = options.since === undefined ? undefined : await readSaved(options.since, policy);
  const source = new RememberingSource(openLogSource(log));
  const startedMs = performance.now();
  const found = await check(source, policy, options);
  if (found.checkpoint === undefined && found.problems[0]?.kind === 'unavailable') {
    throw unusable(`There is no log to audit: ${found.problems[0].detail}.`);
  }
  const since = await judgeSince(options.since, saved, found, source, policy);
  // People are told the first: no log can hide that it contradicts itself behind something lesser.
  const report = { ...found, problems: [...since.problems, ...found.problems] };
  process.exitCode = report.problems.length === 0 ? EXIT.ok : EXIT.failed;
  if (options.json) printJson({ ...reportJson(report, options), ...since.json });
  else
    process.stdout.write(
      formatReport(report, options, {
        policy,
        elapsedMs: performance.now() - startedMs,
        since: since.fact,
      }),
    );
  if (since.failure !== undefined) throw since.failure;
}

/** Keeps the checkpoint as the log gave it. */
class RememberingSource implements TileSource {
  readonly #source: TileSource;
  /** Owned here: the note that was read last. */
  note = '';

  constructor(source: TileSource) {
    this.#source = source;
  }

  async checkpoint(): Promise<string> {
    this.note = await this.#source.checkpoint();
    return this.note;
  }

  tile(level: number, index: number, width: number): Promise<Uint8Array> {
    return this.#source.tile(level, index, width);
  }

  entries(index: number, width: number): Promise<Uint8Array[]> {
    return this.#source.entries(index, width);
  }
}

async function check(
  source: RememberingSource,
  policy: Policy,
  options: AuditOptions,
): Promise<LogReport> {
  const progress = startProgress(process.stderr);
  const interrupted = new AbortController();
  const onInterrupt = (): void => interrupted.abort();
  process.once('SIGINT', onInterrupt);
  const types = entryTypes(options.entryTypes);
  const judge = new JudgingThreads(types, availableParallelism());
  try {
    return await checkLog(source, {
      policy,
      entryTypes: types,
      judge,
      entries: options.treeOnly ? 'tree-only' : 'check',
      onProgress: (tree, size) => progress.update(tree.size, size),
      signal: interrupted.signal,
    });
  } catch (error) {
    if (interrupted.signal.aborted) throw new CommandError('The audit was stopped.', SIGINT_EXIT);
    throw error;
  } finally {
    await judge.close();
    progress.end();
    process.off('SIGINT', onInterrupt);
  }
}

interface SinceJudgement {
  readonly problems: LogProblem[];
  readonly fact?: string;
  readonly json?: object;
  /** Why today's checkpoint could not be saved: told after what the audit has found. */
  readonly failure?: CommandError;
}

/** Compares with the saved checkpoint, and saves today's if nothing at all is wrong. */
async function judgeSince(
  path: string | undefined,
  saved: SignedCheckpoint | undefined,
  { checkpoint: opened, problems: found }: LogReport,
  source: RememberingSource,
  policy: Policy,
): Promise<SinceJudgement> {
  if (path === undefined || opened === undefined) return { problems: [] };
  const today: SignedCheckpoint = { checkpoint: opened.checkpoint, note: source.note };
  const problems =
    saved === undefined ? [] : await compareWithSaved(path, saved, today, source, policy);
  const isWell = found.length === 0 && problems.length === 0;
  const failure = isWell ? await saveCheckpoint(path, today) : undefined;
  const isSaved = isWell && failure === undefined;
  const json = { since: { file: path, size: saved?.checkpoint.size, updated: isSaved } };
  if (!isSaved) {
    const fact = `${printable(path)} is left as it was`;
    return { problems, fact, json, ...(failure && { failure }) };
  }
  const before =
    saved === undefined ? 'made now' : `the tree begins with that of size ${saved.checkpoint.size}`;
  return {
    problems,
    fact: `${printable(path)}: ${before}; holds size ${opened.checkpoint.size}`,
    json,
  };
}

function reportJson(report: LogReport, { treeOnly = false }: AuditOptions) {
  const { problems, checkpoint, entriesChecked, tilesChecked } = report;
  const opened = checkpoint && {
    origin: checkpoint.checkpoint.origin,
    size: checkpoint.checkpoint.size,
    root: toHex(checkpoint.checkpoint.root),
    quorum_met: checkpoint.quorumMet,
    witnesses: checkpoint.cosignatures.map(({ witness }) => witness),
  };
  return {
    ok: problems.length === 0,
    problems,
    ...opened,
    entries_judged: !treeOnly,
    entries_checked: entriesChecked,
    tiles_checked: tilesChecked,
  };
}

function describeProblem({ kind, where, code, detail }: LogProblem): string {
  return printable(`${kind}: ${where}: ${code === undefined ? '' : `${code} `}${detail}`);
}

function formatReport(
  report: LogReport,
  { treeOnly }: AuditOptions,
  { policy, elapsedMs, since }: { policy: Policy; elapsedMs: number; since: string | undefined },
): string {
  const { problems, checkpoint, entriesChecked, tilesChecked } = report;
  const [first] = problems;
  const more = problems.length - 1;
  const title =
    first === undefined
      ? `OK${treeOnly ? ', the tree alone: no entry was judged' : ''}\n`
      : `WRONG: ${describeProblem(first)}${more > 0 ? ` (and ${plural(more, 'other problem')})` : ''}\n`;
  const names = checkpoint?.cosignatures.map(({ witness }) => witness) ?? [];
  const cosigners = cosignerNames(policy, names).join(', ') || 'nobody';
  const quorum = checkpoint?.quorumMet ? 'met' : 'NOT met';
  const seconds = elapsedMs / 1000;
  return (
    title +
    formatFacts([
      ['log', checkpoint && printable(checkpoint.checkpoint.origin)],
      ['size', checkpoint && String(checkpoint.checkpoint.size)],
      ['root', checkpoint && toHex(checkpoint.checkpoint.root)],
      ['quorum', checkpoint && `${quorum}, cosigned by: ${cosigners}`],
      [
        'checked',
        `${plural(entriesChecked, 'entry', 'entries')}${treeOnly ? ' (not judged)' : ''}, ${plural(tilesChecked, 'tile')}`,
      ],
      ['since', since],
      ['time', `${seconds.toFixed(1)} s`],
    ])
  );
}
