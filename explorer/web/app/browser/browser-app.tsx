/** The app in a browser: one page at a time, by URL, with what the browser has found of it. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { App } from '../app.tsx';
import { CheckActionsContext, ChecksContext } from '../checks/state.ts';
import type { PageData } from '../data/page-data.ts';
import { titleOf } from '../parts/frame.tsx';
import { DroppedFiles } from './dropped-files.tsx';
import { getJson } from './fetch-api.ts';
import { Guard } from './guard.tsx';
import { LiveLine } from './live.tsx';
import { currentUrl, loadShown, nameShown, type Shown } from './load-shown.ts';
import { keepPlaces, placeOfEntry, takeOverNavigation } from './navigation.ts';
import { useChecks } from './use-checks.ts';

export function BrowserApp({ first }: { readonly first: Shown }) {
  const [shown, setShown] = useState(first);
  const [isLoading, setLoading] = useState(false);
  const { checks, actions } = useChecks(shown.data, shown.askedMs);
  const wanted = useRef(0);
  const shownUrl = useRef(currentUrl());

  /** Scrolls to `top`, in pixels, or not at all. */
  const show = useCallback(async (url: string, top?: number) => {
    const ticket = ++wanted.current;
    setLoading(true);
    const next = await loadShown(url, getJson, Date.now());
    if (ticket !== wanted.current) return;
    setLoading(false);
    nameShown(next.data, titleOf(next.data));
    shownUrl.current = currentUrl();
    flushSync(() => setShown(next));
    if (top === undefined) return;
    scrollTo(0, top);
    // To the new page's heading, which a screen reader then reads.
    document.getElementById('main')?.focus({ preventScroll: true });
  }, []);

  useEffect(() => {
    takeOverNavigation((url) => {
      history.pushState(null, '', url);
      void show(url, 0);
    });
    addEventListener('popstate', () => {
      if (currentUrl() !== shownUrl.current) {
        void show(currentUrl(), placeOfEntry());
        return;
      }
      // A place on the page that is shown; what was being loaded is not wanted any more.
      wanted.current++;
      setLoading(false);
    });
    keepPlaces();
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
            <LiveLine data={shown.data} reload={() => void show(shown.data.url)} />
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
