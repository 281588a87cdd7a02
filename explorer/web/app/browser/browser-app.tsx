/** The app in a browser: one page at a time, by URL, with what the browser has found of it. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { App } from '../app.tsx';
import { CheckActionsContext, ChecksContext } from '../checks/state.ts';
import type { PageData } from '../data/page-data.ts';
import { titleOf } from '../parts/frame.tsx';
import { DroppedFiles } from './dropped-files.tsx';
import { getJson } from './fetch-api.ts';
import { Guard } from './guard.tsx';
import { LiveLine } from './live.tsx';
import { currentUrl, loadShown, nameShown, type Shown } from './load-shown.ts';
import { takeOverNavigation } from './navigation.ts';
import { useChecks } from './use-checks.ts';

export function BrowserApp({ first }: { readonly first: Shown }) {
  const [shown, setShown] = useState(first);
  const [isLoading, setLoading] = useState(false);
  const { checks, actions } = useChecks(shown.data, shown.askedMs);
  const wanted = useRef(0);

  const show = useCallback(async (url: string, scrolls: boolean) => {
    const ticket = ++wanted.current;
    setLoading(true);
    const next = await loadShown(url, getJson, Date.now());
    if (ticket !== wanted.current) return;
    setLoading(false);
    nameShown(next.data, titleOf(next.data));
    setShown(next);
    if (!scrolls) return;
    scrollTo(0, 0);
    // To the new page's heading, which a screen reader then reads.
    document.getElementById('main')?.focus({ preventScroll: true });
  }, []);

  useEffect(() => {
    takeOverNavigation((url) => {
      history.pushState(null, '', url);
      void show(url, true);
    });
    addEventListener('popstate', () => void show(currentUrl(), true));
  }, [show]);

  const checked = checks.state === 'checked' ? checks.page.data : shown.data;
  return (
    <ChecksContext value={checks}>
      <CheckActionsContext value={actions}>
        <DroppedFiles />
        <Guard data={checked}>
          <div className={isLoading ? 'loading' : undefined}>
            <Announced data={shown.data} isLoading={isLoading} />
            <App data={checked} Page={shown.Page} />
            <LiveLine data={shown.data} reload={() => void show(shown.data.url, false)} />
          </div>
        </Guard>
      </CheckActionsContext>
    </ChecksContext>
  );
}

/** For whoever does not see that the page has changed. */
function Announced({ data, isLoading }: { readonly data: PageData; readonly isLoading: boolean }) {
  return (
    <p className="visually-hidden" role="status">
      {isLoading ? 'Loading …' : titleOf(data)}
    </p>
  );
}
