/**
 * Begins the web app in a browser, from the answers that came with the page: what the server rendered of them is thrown
 * away, so that all that is seen comes from this program, these answers, and the URL.
 */
import { createRoot } from 'react-dom/client';
import 'virtual:palette.css';
import './style/style.css';
import '../picture/picture.css';
import { BrowserApp } from './browser/browser-app.tsx';
import { getJson } from './browser/fetch-api.ts';
import { currentUrl, loadShown, nameShown } from './browser/load-shown.ts';
import { type PageAnswers, replayed } from './data/page-answers.ts';
import { titleOf } from './parts/frame.tsx';

const answers = JSON.parse(document.getElementById('answers')!.textContent) as PageAnswers;
const get = replayed(answers, getJson);
const first = await loadShown(currentUrl(), get, performance.timeOrigin);
nameShown(first.data, titleOf(first.data));
document.documentElement.classList.add('scripts');
createRoot(document.getElementById('app')!).render(<BrowserApp first={first} />);
