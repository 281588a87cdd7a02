/**
 * Links and GET forms within the app, taken over so that the next page is made in the browser: from data alone, and
 * judged before anything of it counts as checked. Whatever is not a page of the app goes the way of all links.
 */
import { routeOf } from '../data/route.ts';

/** Calls `go` with path and query; returns nothing, as it lasts as long as the page does. */
export function takeOverNavigation(go: (url: string) => void): void {
  document.addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest?.('a');
    if (link === null || link === undefined || event.defaultPrevented) return;
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    if (link.target !== '' || link.hasAttribute('download')) return;
    const url = pageUrl(link.href);
    // A place on this page is the browser's own to go to.
    if (url === undefined || link.getAttribute('href')?.startsWith('#')) return;
    event.preventDefault();
    go(url);
  });
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.method !== 'get') return;
    const filled = [...new FormData(form)].filter(([, value]) => value !== '');
    const query = new URLSearchParams(filled as [string, string][]);
    const target = new URL(form.action);
    target.search = `${query}`;
    const url = pageUrl(target.href);
    if (url === undefined) return;
    event.preventDefault();
    go(url);
  });
}

/** Has each entry of the history know how far its page was scrolled, so that Back leads there. */
export function keepPlaces(): void {
  // By itself a browser scrolls before the page is there.
  history.scrollRestoration = 'manual';
  scrollTo(0, placeOfEntry() || scrollY);
  addEventListener('scrollend', () => history.replaceState({ top: scrollY }, ''));
}

/** Pixels from the top. */
export function placeOfEntry(): number {
  const { top } = (history.state ?? {}) as { top?: unknown };
  return typeof top === 'number' ? top : 0;
}

/** Path and query of a page of the app; undefined for everything else. */
function pageUrl(href: string): string | undefined {
  const { origin, pathname, search } = new URL(href, location.href);
  if (origin !== location.origin || routeOf(pathname, search.slice(1)) === undefined)
    return undefined;
  return pathname + search;
}
