/** The app in a browser: one page at a time, by URL, with what the browser has found of it. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { App } from '../app.tsx';
import { CheckActionsContext, ChecksContext } from '../checks/state.ts';
import { ApiProblem } from '../data/api.ts';
import { loadPage } from '../data/load.ts';
import type { PageData } from '../data/page-data.ts';
import { type PageComponent, pageComponent } from '../pages/pages.ts';
import { titleOf } from '../parts/frame.tsx';
import { DroppedFiles } from './dropped-files.tsx';
import { fetchApi } from './fetch-api.ts';
import { Guard } from './guard.tsx';
import { LiveLine } from './live.tsx';
import { takeOverNavigation } from './navigation.ts';
import { useChecks } from './use-checks.ts';

export interface Shown {
  readonly data: PageData;
  /** When the browser began to ask for it. */
  readonly askedMs: number;
  readonly Page: PageComponent;
}

/** Each redirect leads to a canonical URL, which leads nowhere else. */
const MAX_REDIRECTS = 4;

export function BrowserApp({ first }: { readonly first: Shown }) {
  const [shown, setShown] = useState(first);
  const [isLoading, setLoading] = useState(false);
  const { checks, actions } = useChecks(shown.data, shown.askedMs);
  const wanted = useRef(0);

  const show = useCallback(async (url: string, scrolls: boolean) => {
    const ticket = ++wanted.current;
    setLoading(true);
    const next = await loadShown(url);
    if (ticket !== wanted.current) return;
    setLoading(false);
    if (next.data.url !== location.pathname + location.search) {
      history.replaceState(null, '', next.data.url);
    }
    setShown(next);
    document.title = titleOf(next.data);
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
    addEventListener('popstate', () => void show(location.pathname + location.search, true));
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

/** Loads a page, or what says why it cannot be. */
async function loadShown(url: string): Promise<Shown> {
  const askedMs = Date.now();
  let at = url;
  for (let i = 0; i < MAX_REDIRECTS; i++) {
    const loaded = await loadPage(at, fetchApi).catch((error: unknown) => failed(at, error));
    if (!('redirect' in loaded)) {
      return { data: loaded, askedMs, Page: await pageComponent(loaded.content) };
    }
    at = loaded.redirect;
  }
  throw new Error(`too many redirects from ${url}`);
}

function failed(url: string, error: unknown): PageData {
  const status = error instanceof ApiProblem ? error.status : 503;
  const message = error instanceof ApiProblem ? error.message : 'The explorer does not answer.';
  return { url, logs: { logs: [], now_ms: 0 }, content: { page: 'problem', status, message } };
}
