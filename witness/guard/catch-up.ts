/**
 * How a witness that was set back remembers again, on the command of its operator: it shows by the log's
 * tiles that the tree which it finds under its own cosignature extends the one that it remembers, and
 * goes on from there. If it does not extend it, the log and the witness itself have signed a fork.
 */
import { compareCheckpoints } from '#client/compare.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { evidenceId } from '#protocol/evidence/evidence.ts';
import { openCheckpoint } from '#protocol/note/checkpoint.ts';
import { formatNote } from '#protocol/note/note.ts';
import { ConfigError } from '#service/errors.ts';
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';
import type { Cosigner } from '../cosigner.ts';
import type { Forgotten } from '../forgotten-table.ts';
import { tilesOf, type WitnessedLog } from '../logs/witnessed-log.ts';
import type { WitnessState } from '../state.ts';
import type { LogState } from '../tree-table.ts';
import type { RollbackGuard } from './guard.ts';

export interface CatchUpParts {
  readonly state: WitnessState;
  readonly cosigner: Cosigner;
  readonly guard: RollbackGuard;
  /** For each request to the log. */
  readonly timeoutMs: number;
  readonly logger: Logger;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

export type CaughtUp =
  /** Nothing was forgotten, as far as anybody tells. */
  | { readonly kind: 'nothing-forgotten'; readonly size: number }
  | { readonly kind: 'caught-up'; readonly from: number; readonly size: number }
  /** Ids of the evidence; the log is frozen. */
  | { readonly kind: 'contradiction'; readonly evidence: readonly string[] };

/**
 * Throws `ConfigError`, and changes nothing, where the log cannot show it now. `trustDatabase` goes on
 * from a copy although nobody tells what was cosigned after it was made.
 */
export async function catchUp(
  origin: string,
  { trustDatabase }: { trustDatabase: boolean },
  parts: CatchUpParts,
): Promise<CaughtUp> {
  const { state, guard, logger, now } = parts;
  const log = state.logs.known(origin);
  if (log === undefined) throw new ConfigError(`The log ${origin} is not known here.`);
  await guard.look(origin);
  const forgotten = state.forgotten.get(origin);
  const current = state.log(origin);
  if (forgotten === undefined) {
    confirmCopy(origin, trustDatabase, parts);
    return { kind: 'nothing-forgotten', size: current.size };
  }
  if (current.frozenBy !== undefined) {
    throw new ConfigError(`The log ${origin} has contradicted itself; nothing is cosigned for it.`);
  }
  const comparison = await compare(log, current, forgotten, parts);
  switch (comparison.kind) {
    case 'undecided':
      throw new ConfigError(
        `The log does not show that its tree of ${forgotten.size} extends the one of ` +
          `${current.size} that is remembered: ${comparison.reason}.`,
      );
    case 'contradiction': {
      const { evidence } = comparison;
      state.recordEvidence(evidence, now(), forgotten.source);
      logger.error({ origin }, 'what was cosigned and what is remembered contradict each other');
      return { kind: 'contradiction', evidence: evidence.map(evidenceId) };
    }
    case 'consistent':
      return remember(log, current, forgotten, parts);
  }
}

function confirmCopy(
  origin: string,
  trustDatabase: boolean,
  { state, logger }: CatchUpParts,
): void {
  if (!state.forgotten.mustAsk(origin)) return;
  if (!trustDatabase) {
    throw new ConfigError(
      `Nobody tells what was cosigned for ${origin} after the copy was made: neither the log nor a ` +
        'peer answers. Try again, or go on from the copy with --trust-database.',
    );
  }
  state.forgotten.setAsked(origin);
  logger.warn({ origin }, 'the operator goes on from a copy of the database');
}

async function compare(
  log: WitnessedLog,
  current: LogState,
  forgotten: Forgotten,
  { cosigner, timeoutMs }: CatchUpParts,
) {
  const { origin, note } = current;
  if (note === undefined) return { kind: 'consistent' } as const;
  const prefix = tilesOf(log);
  if (prefix === undefined && forgotten.size !== current.size) {
    throw new ConfigError(`The log ${origin} has no url, so it cannot show how its trees fit.`);
  }
  const signed = ({ size, root }: Pick<LogState, 'size' | 'root'>, note: string) => {
    return { checkpoint: { origin, size, root, extensions: [] }, note };
  };
  const tiles = new HttpTileSource(prefix ?? 'http://localhost', {
    timeoutMs,
    fetch: outboundFetch,
  });
  const retired = cosigner.retired.map(({ key }) => key);
  const formerKeys = log.formerKeys.map(({ key }) => key);
  const keys = [...log.keys, ...formerKeys, ...cosigner.active, ...retired];
  return await compareCheckpoints(
    signed(current, note),
    signed(forgotten, forgotten.note),
    tiles,
    keys,
  );
}

/** Goes on from the larger of the two trees, at the later of the two times. */
function remember(
  log: WitnessedLog,
  current: LogState,
  forgotten: Forgotten,
  { state, logger, now }: CatchUpParts,
): CaughtUp {
  const { origin } = log;
  const isLarger = forgotten.size >= current.size;
  const { size, root } = isLarger ? forgotten : current;
  const note = isLarger ? forgotten.note : current.note!;
  const timeSeconds = Math.max(forgotten.timeSeconds, current.timeSeconds);
  const logNote = withoutCosignatures(note, log);
  const isDone = state.update(origin, now(), (latest, memory) => {
    const found = memory.forgotten();
    const isSame =
      latest.size === current.size &&
      latest.frozenBy === undefined &&
      typeof found === 'object' &&
      found.note === forgotten.note;
    if (!isSame) return { answer: false };
    const advance = { size, root, timeSeconds, note, logNote };
    return { answer: true, advance, isRecalled: true };
  });
  if (!isDone) throw new ConfigError(`The state of ${origin} changed meanwhile; try again.`);
  state.forgotten.setAsked(origin);
  logger.warn({ origin, from: current.size, size }, 'caught up with what was cosigned before');
  return { kind: 'caught-up', from: current.size, size };
}

function withoutCosignatures(note: string, { origin, keys, formerKeys }: WitnessedLog): string {
  const everKeys = [...keys, ...formerKeys.map(({ key }) => key)];
  const opened = openCheckpoint(note, { origin, keys: everKeys });
  const signatures = opened.logSignatures.map(({ signature }) => signature);
  return formatNote({ text: opened.note.text, signatures });
}
