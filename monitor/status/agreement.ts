/**
 * Who agrees with whom about one log: everybody who shows it, by the tree that they show. Pure.
 *
 * The trunk is the tree that the monitor has made of the entries. Whoever contradicts it stands on a
 * branch with those who show the same other root.
 */
import { count } from '#service/page/parts.ts';
import type { Tone } from '#service/page/tone.ts';
import { isConvicted, rowOfLog, rowOfShown } from './rows.ts';
import type { Agreement, LogStatus, Status } from './status.ts';

export interface Member {
  readonly name: string;
  readonly isLog: boolean;
  readonly size?: number;
}

export interface Branch {
  readonly kind: 'trunk' | 'other-tree' | 'less' | 'checking' | 'unheard' | 'unasked';
  readonly tone: Tone;
  readonly words: string;
  readonly members: readonly Member[];
}

interface Participant extends Member {
  readonly agreement: Agreement;
  readonly root?: string;
  readonly hasFailed: boolean;
}

/** The trunk first, even if nobody stands on it. */
export function branchesOf(log: LogStatus, status: Status): Branch[] {
  const all = participants(log, status);
  const heard = all.filter(({ hasFailed, agreement }) => !hasFailed || agreement === 'contradicts');
  const of = (...kinds: Agreement[]) => heard.filter(({ agreement }) => kinds.includes(agreement));
  const others = Map.groupBy(of('contradicts'), ({ size, root }) => `${size} ${root}`);
  const shown = of('agrees', 'pending', 'contradicts', 'went-back');
  const silent = all.filter((one) => !shown.includes(one));
  const isUnasked = ({ agreement, hasFailed }: Participant) =>
    agreement === 'unknown' && !hasFailed;
  const branches: Branch[] = [
    branch('trunk', 'good', trunkWords(log), of('agrees')),
    ...[...others.values()].map((members) =>
      branch('other-tree', 'bad', `Another tree, root ${shortRoot(members[0]!)}`, members),
    ),
    branch('less', 'bad', 'Less than shown before', of('went-back')),
    branch('checking', 'busy', 'Signed, and being checked', of('pending')),
    branch(
      'unheard',
      'warn',
      'No good answer about it now',
      silent.filter((one) => !isUnasked(one)),
    ),
    branch('unasked', 'busy', 'Not asked yet', silent.filter(isUnasked)),
  ];
  return branches.filter(({ kind, members }) => kind === 'trunk' || members.length > 0);
}

function trunkWords({ verifiedSize }: LogStatus): string {
  return verifiedSize === 0
    ? 'No entry verified yet'
    : `The tree of ${count(verifiedSize, 'verified entry', 'verified entries')}`;
}

function branch(
  kind: Branch['kind'],
  tone: Tone,
  words: string,
  members: readonly Participant[],
): Branch {
  return { kind, tone, words, members };
}

function shortRoot({ root = '' }: Participant): string {
  return `${root.slice(0, 12)}…`;
}

function participants(log: LogStatus, status: Status): Participant[] {
  const { origin, size, root, agreement } = log;
  const ofLog = rowOfLog(log, status);
  const witnesses = status.witnesses.flatMap((witness) =>
    witness.logs
      .filter((shown) => shown.origin === origin)
      .map((shown) => ({
        ...shown,
        name: witness.name,
        isLog: false,
        hasFailed: rowOfShown(witness, shown).words === 'last request failed',
      })),
  );
  const own = {
    name: 'the log',
    isLog: true,
    agreement,
    hasFailed: ofLog.words === 'last request failed' && !isConvicted(status, origin),
    ...(size === undefined ? {} : { size }),
    ...(root === undefined ? {} : { root }),
  };
  return [own, ...witnesses];
}
