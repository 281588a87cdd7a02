/** The frame of every page: where one can go, the search box, what concerns all pages, and what has been checked. */
import type { ReactNode } from 'react';
import type { PageData } from '../data/page-data.ts';
import { CheckLine } from './check-line.tsx';
import { FrozenBanners } from './log-state.tsx';
import { visibleLine } from './visible-text.ts';

const PLACES = [
  ['/', 'Overview'],
  ['/search', 'Search'],
  ['/log', 'Log'],
  ['/compare', 'Compare'],
  ['/check', 'Check a file'],
  ['/policy', 'Whom to trust'],
  ['/alerts', 'Alerts'],
  ['/about', 'About and API'],
] as const;

export function Frame({
  data,
  children,
}: {
  readonly data: PageData;
  readonly children: ReactNode;
}) {
  const [path] = data.url.split('?');
  return (
    <>
      <a className="skip" href="#main">
        To the content
      </a>
      <header className="top">
        <p className="name">
          <a href="/">tecp explorer</a>
        </p>
        <SearchBox text={data.content.page === 'search' ? data.content.text : ''} />
        <nav aria-label="Pages">
          <ul>
            {PLACES.map(([href, name]) => (
              <li key={href}>
                <a href={href} aria-current={href === path ? 'page' : undefined}>
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      </header>
      <FrozenBanners logs={data.logs.logs} />
      <CheckLine data={data} />
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <footer className="dim">
        <p>
          The server that sent this page may lie: <a href="/about">how your browser notices</a>.
        </p>
      </footer>
    </>
  );
}

/** The one box. It says what it takes, as a form does that works without scripts. */
export function SearchBox({ text }: { readonly text: string }) {
  return (
    <search>
      <form className="search" action="/search" method="get">
        <label htmlFor="q">Index, hash, code, issuer or policy</label>
        <div className="row">
          <input
            id="q"
            name="q"
            // Another search is another form: what is typed here is the visitor's.
            key={text}
            defaultValue={text}
            placeholder="42, policy:no_retention, code:git:0123*, a hash…"
            maxLength={1024}
            autoComplete="off"
            spellCheck={false}
          />
          <button type="submit">Search</button>
        </div>
      </form>
    </search>
  );
}

/** Of the browser's window. */
export function titleOf({ content }: PageData): string {
  const name = 'tecp explorer';
  switch (content.page) {
    case 'home':
      return name;
    case 'search':
      return `Search${content.text === '' ? '' : `: ${visibleLine(content.text)}`} · ${name}`;
    case 'entry':
      return `Entry ${content.entry.index} of ${visibleLine(content.entry.log)} · ${name}`;
    case 'log':
      return `${visibleLine(content.log)} · ${name}`;
    case 'problem':
      return `${visibleLine(content.message)} · ${name}`;
    default:
      return `${TITLES[content.page]} · ${name}`;
  }
}

export const TITLES = {
  compare: 'Compare two checkpoints',
  check: 'Check a file',
  policy: 'Whom to trust',
  alerts: 'Alerts',
  about: 'About and API',
} as const;
