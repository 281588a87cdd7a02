/**
 * `tecp audit`: re-derives a log from its entries, over HTTP or in a folder, and compares everything
 * that it shows: the same check that the tests and the monitor make.
 */
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { formatReport, reportJson } from '#cli/audit/report.ts';
import { Since } from '#cli/audit/since.ts';
import { CommandError, EXIT, unusable } from '#cli/lib/errors.ts';
import { readPolicy } from '#cli/lib/files.ts';
import { openLogSource } from '#cli/lib/log-source.ts';
import { logArgument, trustOption } from '#cli/lib/options.ts';
import { printJson } from '#cli/lib/print.ts';
import { startProgress } from '#cli/lib/progress.ts';
import { checkLog, type LogReport } from '#client/check-log.ts';
import type { SignedCheckpoint } from '#client/compare.ts';
import type { TileSource } from '#client/tile-source.ts';
import { isSourceFailure } from '#client/verified-tree.ts';
import { ENTRY_TYPE_NAMES, entryTypes } from '#protocol/entry/registry.ts';
import type { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { openWithPolicy, type Policy } from '#protocol/policy/policy.ts';
import { JudgingThreads } from '#service/judging/judging-threads.ts';

interface AuditOptions {
  readonly trust: string;
  readonly entryTypes: string[];
  readonly treeOnly?: boolean;
  readonly since?: string;
  readonly whole?: boolean;
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

The file also holds how far entries were read, so the next audit reads only what is new, and one that
was interrupted goes on. That says nothing of what was read before: whether the log still serves it,
or whether it was judged at all if others can write the file. --whole reads everything again, and so
does an audit with other --entry-types or --tree-only. The file may also hold a checkpoint alone.

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
    .option('--since <file>', 'what the last audit left: go on from there, and update it')
    .option('--whole', 'with --since: read every entry again')
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
  const checked = options.treeOnly ? 'tree-only' : options.entryTypes.toSorted().join(',');
  const whole = options.whole ?? false;
  const since =
    options.since === undefined
      ? undefined
      : await Since.open(options.since, { policy, checked, whole });
  const interrupted = new AbortController();
  const source = new PinnedSource(openLogSource(log, interrupted.signal));
  const startedMs = performance.now();
  const today = since === undefined ? undefined : await openToday(source, policy);
  const judged = today === undefined ? { problems: [] } : await since!.begin(today, source);
  const { from } = judged;
  const found = await check(source, policy, options, { since, from, interrupted });
  if (found.checkpoint === undefined && found.problems[0]?.kind === 'unavailable') {
    throw unusable(`There is no log to audit: ${found.problems[0].detail}.`);
  }
  // People are told the first: no log can hide that it contradicts itself behind something lesser.
  const report = { ...found, problems: [...judged.problems, ...found.problems] };
  const isWell = report.problems.length === 0;
  process.exitCode = isWell ? EXIT.ok : EXIT.failed;
  const failure = isWell ? await since?.save(found.tree) : undefined;
  const told = since?.tell({ from, isSaved: isWell && failure === undefined });
  if (options.json) printJson({ ...reportJson(report, options), ...told?.json });
  else {
    const elapsedMs = performance.now() - startedMs;
    process.stdout.write(formatReport(report, options, { policy, elapsedMs, since: told?.fact }));
  }
  if (failure !== undefined) throw failure;
}

/** Shows one checkpoint, however often it is asked for. */
class PinnedSource implements TileSource {
  readonly #source: TileSource;
  /** Owned by `checkpoint`. */
  #note: string | undefined;

  constructor(source: TileSource) {
    this.#source = source;
  }

  async checkpoint(): Promise<string> {
    this.#note ??= await this.#source.checkpoint();
    return this.#note;
  }

  tile(level: number, index: number, width: number): Promise<Uint8Array> {
    return this.#source.tile(level, index, width);
  }

  entries(index: number, width: number): Promise<Uint8Array[]> {
    return this.#source.entries(index, width);
  }
}

/** The checkpoint that the log shows; what is wrong with it, the check itself will tell. */
async function openToday(
  source: TileSource,
  policy: Policy,
): Promise<SignedCheckpoint | undefined> {
  try {
    const note = await source.checkpoint();
    return { note, checkpoint: openWithPolicy(note, policy).checkpoint };
  } catch (error) {
    if (isSourceFailure(error)) return undefined;
    throw error;
  }
}

interface Going {
  readonly since: Since | undefined;
  readonly from: TileBuilder | undefined;
  /** Aborted by SIGINT, and ends what the source is waiting for. */
  readonly interrupted: AbortController;
}

async function check(
  source: TileSource,
  policy: Policy,
  options: AuditOptions,
  { since, from, interrupted }: Going,
): Promise<LogReport> {
  const progress = startProgress(process.stderr);
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
      ...(from && { from }),
      onProgress: async (tree, size, problems) => {
        progress.update(tree.size, size);
        await since?.progress(tree, problems);
      },
      signal: interrupted.signal,
    });
  } catch (error) {
    const goesOn = since === undefined ? '' : '; the next one goes on from where it was saved last';
    if (interrupted.signal.aborted) {
      throw new CommandError(`The audit was stopped${goesOn}.`, SIGINT_EXIT);
    }
    throw error;
  } finally {
    await judge.close();
    progress.end();
    process.off('SIGINT', onInterrupt);
  }
}
