/**
 * The document of a page: what the server rendered, for whoever runs no scripts, and the answers that it was rendered
 * from, of which the app in the browser renders all anew.
 */
import { escapeHtml } from './escape.ts';

export interface PageDocument {
  readonly title: string;
  /** HTML. */
  readonly markup: string;
  /** JSON. */
  readonly answers: unknown;
  readonly styles: readonly string[];
  readonly script: string;
  readonly modules: readonly string[];
}

export function renderDocument(page: PageDocument): string {
  const { title, markup, answers, styles, script, modules } = page;
  const head = `<script type="module" src="${script}"></script>
${modules.map((path) => `<link rel="modulepreload" href="${path}">\n`).join('')}`;
  const body = `<div id="app">${markup}</div>
<script type="application/json" id="answers">${scriptData(answers)}</script>
`;
  return documentOf(title, styles, head, body);
}

/** The document for a request that may be sent again later: without scripts, and with nothing of the explorer's data. */
export function renderRefusal(detail: string, styles: readonly string[]): string {
  const body = `<main>
<h1>Not now</h1>
<p>${escapeHtml(detail)}</p>
<p><a href="">Try again</a></p>
</main>
`;
  return documentOf('Not now', styles, '', body);
}

/** `head` and `body` are HTML of whole lines. */
function documentOf(title: string, styles: readonly string[], head: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
${styles.map((path) => `<link rel="stylesheet" href="${path}">\n`).join('')}\
${head}\
</head>
<body>
${body}\
</body>
</html>
`;
}

/** JSON that ends no script element and begins no comment in it, whatever strings are in it. */
function scriptData(data: unknown): string {
  return JSON.stringify(data).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
