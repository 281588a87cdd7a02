/**
 * The frame of every page for people: plain HTML made on the server, nothing from elsewhere. Its content
 * security policy allows the one style, by its hash, and a script only if the page brings one.
 */
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import { printableLines } from '#protocol/printable.ts';
import type { ServiceContext } from '../service-env.ts';
import type { Markup } from './parts.ts';
import { PAGE_STYLE } from './style.ts';

export interface PageScript {
  readonly text: string;
  /** For readers whose browser runs no scripts: how often the page loads itself again. */
  readonly refreshSeconds: number;
}

export interface Page {
  readonly title: string;
  readonly body: Markup;
  /** Keeps the page up to date; absent for pages that stay as they are. */
  readonly script?: PageScript;
}

/** The whole page as an answer. What would steer a terminal or turn text around is shown as escapes. */
export async function answerPage(c: ServiceContext, page: Page, status: 200 | 404 = 200) {
  const text = printableLines(String(await renderPage(page)));
  return c.body(text, status, {
    'content-type': 'text/html; charset=UTF-8',
    'content-security-policy': securityPolicy(page.script),
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
}

function renderPage({ title, body, script }: Page): Markup {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${script === undefined ? '' : html`<noscript><meta http-equiv="refresh" content="${script.refreshSeconds}"></noscript>`}
<title>${title}</title>
<style>${raw(PAGE_STYLE)}</style>
</head>
<body>
${body}
${script === undefined ? '' : html`<script>${raw(script.text)}</script>`}
</body>
</html>
`;
}

const STYLE_SOURCE = hashSource(PAGE_STYLE);

function securityPolicy(script: PageScript | undefined): string {
  return [
    "default-src 'none'",
    `style-src ${STYLE_SOURCE}`,
    ...(script === undefined
      ? []
      : [`script-src ${hashSource(script.text)}`, "connect-src 'self'"]),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
