/** What a witness knows of a log, in words. */
import { formatAge, formatFacts, formatTime, printable } from '#cli/lib/print.ts';
import type { ListedLog, ShownLog } from '#witness/operator/logs.ts';

/** A row of the list: origin, size, age of the last cosignature, source, state. */
export function listRow(log: ListedLog): string[] {
  const { origin, size, cosigned_at: at, source } = log;
  const age = at === 0 ? 'never' : `${formatAge(Date.now() - at * 1000)} ago`;
  return [origin, String(size), age, source, stateOf(log)].map(printable);
}

/** In a word or two: whether it is cosigned, and why not. */
function stateOf({ disabled, frozen_by: frozenBy, owes_too_long: owes }: ListedLog): string {
  if (disabled !== undefined) return disabled;
  if (frozenBy !== undefined) return 'frozen: it has contradicted itself';
  return owes ? 'owes a comparison' : 'followed';
}

export function describeLog(log: ShownLog): string {
  const facts = formatFacts([
    ['origin', log.origin],
    ['state', stateOf(log)],
    ['source', log.source],
    ['added', log.added_at === 0 ? undefined : formatTime(log.added_at)],
    ...log.vkeys.map((vkey) => ['key', vkey] as const),
    ...log.former_keys.map(({ vkey, removed_at: at }) => {
      return ['former key', `${vkey} (removed ${formatTime(at)})`] as const;
    }),
    ['size', String(log.size)],
    ['root', log.root],
    ['cosigned', log.cosigned_at === 0 ? 'never' : formatTime(log.cosigned_at * 1000)],
    ['evidence', log.frozen_by],
    ...log.owed.map((owed) => ['owes', describeOwed(owed)] as const),
    ['tiles', log.url],
    ['feed', log.feed],
    ['rate', log.qpd === undefined ? undefined : `${log.qpd} a day`],
    ['contact', log.contact],
  ]);
  return facts.split('\n').map(printable).join('\n');
}

function describeOwed({ size, source, since, reason }: ShownLog['owed'][number]): string {
  const told = `size ${size}, told by ${source}, since ${formatTime(since)}`;
  return reason === undefined ? told : `${told}: ${reason}`;
}
