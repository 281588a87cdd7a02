/**
 * What no answer can show, that a list leaves nothing out and that numbers are right, shown by reading the log again
 * in the visitor's browser: at once for small logs, else when the visitor asks for it.
 */
import { useContext, useEffect, useRef, useState } from 'react';
import type { StatsAnswer } from '#explorer/search/answers.ts';
import { parseFilters } from '#explorer/search/filter-url.ts';
import type { Finding } from '../../verify/findings.ts';
import type { RecountOptions } from '../../verify/recount/walk.ts';
import type { CheckedPage } from '../checks/state.ts';
import { CheckActionsContext, ChecksContext } from '../checks/state.ts';
import type { SearchData } from '../data/page-data.ts';
import { Banner } from './status.tsx';
import { countText } from './text.tsx';
import { visibleLine } from './visible-text.ts';

/** So much is read without being asked: a few seconds of work, and no more than a page with pictures. */
const MAX_AUTOMATIC = 2000;
const MAX_AUTOMATIC_BYTES = 4 * 1024 * 1024;

interface Outcome {
  readonly tone: 'good' | 'warn' | 'bad';
  readonly words: readonly string[];
  readonly findings: readonly Finding[];
}

interface Work {
  readonly total: number;
  /** As the explorer says, where it does. */
  readonly bytes?: number;
  /** What is to be shown by it, for a button. */
  readonly aim: string;
  readonly run: (options: RecountOptions) => Promise<Outcome>;
}

export function RecountList({ content }: { readonly content: SearchData }) {
  return <Recount workOf={(page) => listWork(page, content)} of={content} />;
}

export function RecountNumbers({ stats }: { readonly stats: StatsAnswer }) {
  return <Recount workOf={(page) => numbersWork(page, stats)} of={stats} />;
}

const TONES = {
  complete: 'good',
  incomplete: 'bad',
  right: 'good',
  wrong: 'bad',
  undecided: 'warn',
} as const;

function listWork({ verifier, checkpoints }: CheckedPage, content: SearchData): Work | undefined {
  const { found, query } = content;
  if (found === undefined) return undefined;
  const page = {
    filters: parseFilters(new URLSearchParams(query)),
    entries: found.entries,
    searched: found.searched,
  };
  const plan = verifier.planRecount(page, checkpoints.values());
  const run = async (options: RecountOptions) => {
    const { kind, words, findings } = await verifier.recountPage(page, plan, options);
    return { tone: TONES[kind], words, findings };
  };
  return { total: plan.total, aim: 'that nothing is left out', run };
}

function numbersWork({ verifier }: CheckedPage, stats: StatsAnswer): Work {
  const run = async (options: RecountOptions) => {
    const recount = await verifier.recountStats(stats, options);
    const findings = recount.kind === 'wrong' ? recount.findings : [];
    return { tone: TONES[recount.kind], words: [recount.words], findings };
  };
  return { total: stats.size, bytes: stats.bytes, aim: 'that the numbers are right', run };
}

function Recount({
  workOf,
  of,
}: {
  readonly workOf: (page: CheckedPage) => Work | undefined;
  /** What is recounted: another one is another recount. */
  readonly of: object;
}) {
  const checks = useContext(ChecksContext);
  const { report } = useContext(CheckActionsContext);
  const [progress, setProgress] = useState<number>();
  const [outcome, setOutcome] = useState<Outcome>();
  const control = useRef<AbortController>(undefined);
  const checker = checks.state === 'checked' ? checks.page.verifier : undefined;
  const work = checks.state === 'checked' ? workOf(checks.page) : undefined;

  const start = (maxBytes: number): void => {
    if (work === undefined) return;
    const own = new AbortController();
    control.current?.abort();
    control.current = own;
    setOutcome(undefined);
    setProgress(0);
    const onProgress = (done: number, total: number, bytes: number) => {
      if (bytes > maxBytes && done < total) stop();
      else setProgress(done);
    };
    work.run({ signal: own.signal, onProgress }).then(
      (done) => {
        if (own.signal.aborted) return;
        setProgress(undefined);
        setOutcome(done);
        if (done.findings.length > 0) report(done.findings);
      },
      (error: unknown) => {
        if (!own.signal.aborted) throw error;
      },
    );
  };
  const stop = (): void => {
    control.current?.abort();
    setProgress(undefined);
  };
  // Once for each answer and each checker, not for each finding
  useEffect(() => {
    const { total = 0, bytes = 0 } = work ?? {};
    const isSmall = total <= MAX_AUTOMATIC && bytes <= MAX_AUTOMATIC_BYTES;
    if (total > 0 && isSmall) start(MAX_AUTOMATIC_BYTES);
    return () => control.current?.abort();
  }, [of, checker]);

  if (work === undefined || work.total === 0) return null;
  const count = countText(work.total, 'entry', 'entries');
  return (
    <section className="recount scripted" aria-label="Recount" aria-live="polite">
      {outcome !== undefined && (
        <Banner tone={outcome.tone} title="Read again by your browser.">
          <ul>
            {outcome.words.map((line) => (
              <li key={line}>{visibleLine(line)}</li>
            ))}
          </ul>
        </Banner>
      )}
      {progress !== undefined && (
        <p>
          <label>
            Your browser reads {count} of the log … <progress max={work.total} value={progress} />
          </label>{' '}
          <button type="button" onClick={stop}>
            Stop
          </button>
        </p>
      )}
      {outcome === undefined && progress === undefined && (
        <p>
          <button type="button" onClick={() => start(Number.POSITIVE_INFINITY)}>
            Read {count} here, to see {work.aim}
          </button>
        </p>
      )}
    </section>
  );
}
