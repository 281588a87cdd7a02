/** Has each page that is shown checked, by code that comes after the page itself. */
import { useEffect, useMemo, useState } from 'react';
import type { PageChecker } from '../checks/page-checker.ts';
import type { CheckActions, Checks } from '../checks/state.ts';
import type { PageData } from '../data/page-data.ts';

let loaded: Promise<PageChecker> | undefined;

/** One for all pages: it knows which policies count and what was seen. */
function theChecker(): Promise<PageChecker> {
  loaded ??= import('../checks/page-checker.ts').then(({ PageChecker }) => new PageChecker());
  return loaded;
}

/** Returns how far it is, and what the page's parts may do about it. */
export function useChecks(
  data: PageData,
  askedMs: number,
): { readonly checks: Checks; readonly actions: CheckActions } {
  const [checks, setChecks] = useState<{ of: PageData; checks: Checks }>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isGone = false;
    const show = (next: Checks) => {
      if (!isGone) setChecks({ of: data, checks: next });
    };
    theChecker()
      .then((checker) => checker.check(data, askedMs))
      .then(
        (page) => show({ state: 'checked', page }),
        (error: unknown) => {
          console.error(error);
          show({ state: 'broken', reason: error instanceof Error ? error.message : `${error}` });
        },
      );
    return () => {
      isGone = true;
    };
  }, [data, askedMs, round]);
  const actions = useMemo<CheckActions>(
    () => ({
      report: (found) =>
        setChecks((before) => {
          if (before?.checks.state !== 'checked') return before;
          const { page } = before.checks;
          const findings = [...page.findings, ...found];
          return { ...before, checks: { state: 'checked', page: { ...page, findings } } };
        }),
      again: () => setRound((before) => before + 1),
    }),
    [],
  );
  const current: Checks = checks?.of === data ? checks.checks : { state: 'checking' };
  return { checks: current, actions };
}
