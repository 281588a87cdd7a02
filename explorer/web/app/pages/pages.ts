/** The pages by name, each a chunk of its own in browsers. */
import type { ComponentType } from 'react';
import type { Content, PageData } from '../data/page-data.ts';

export type PageComponent = ComponentType<{ data: PageData; content: Content }>;

const PAGES: Readonly<Record<Content['page'], () => Promise<{ readonly default: unknown }>>> = {
  home: () => import('./home.tsx'),
  search: () => import('./search.tsx'),
  entry: () => import('./entry.tsx'),
  log: () => import('./log.tsx'),
  compare: () => import('./compare.tsx'),
  check: () => import('./check.tsx'),
  policy: () => import('./policy.tsx'),
  alerts: () => import('./alerts.tsx'),
  about: () => import('./about.tsx'),
  problem: () => import('./problem.tsx'),
};

/** The component of a page, which takes the content of that page alone. */
export async function pageComponent({ page }: Content): Promise<PageComponent> {
  return (await PAGES[page]()).default as PageComponent;
}
