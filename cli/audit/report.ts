/** What an audit has found, for people and for programs. Text of the log is from outside. */
import { formatFacts, plural, printable } from '#cli/lib/print.ts';
import type { LogProblem, LogReport } from '#client/check-log.ts';
import { toHex } from '#protocol/bytes.ts';
import { cosignerNames } from '#protocol/policy/cosigner-names.ts';
import type { Policy } from '#protocol/policy/policy.ts';

export function reportJson(report: LogReport, { treeOnly = false }: { treeOnly?: boolean }) {
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

export function formatReport(
  report: LogReport,
  { treeOnly }: { treeOnly?: boolean },
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
