/**
 * Begins the web app in a browser, from the data that came with the page: what the server rendered of it is thrown
 * away, so that all that is seen comes from this program and these data.
 */
import { createRoot } from 'react-dom/client';
import 'virtual:palette.css';
import './style/style.css';
import '../picture/picture.css';
import { BrowserApp } from './browser/browser-app.tsx';
import type { PageData } from './data/page-data.ts';
import { pageComponent } from './pages/pages.ts';

const data = JSON.parse(document.getElementById('page')!.textContent) as PageData;
const Page = await pageComponent(data.content);
document.documentElement.classList.add('scripts');
createRoot(document.getElementById('app')!).render(
  <BrowserApp first={{ data, Page, askedMs: performance.timeOrigin }} />,
);
