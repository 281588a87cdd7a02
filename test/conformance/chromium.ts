/** Chromium without a window: whether it is here, and pages in it. Only what hangs takes its limits. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { Cleanup } from '#test/support/witness.ts';
import { isAvailable } from './tool.ts';

const EXECUTABLE = process.env.TECP_CHROMIUM ?? '/usr/bin/chromium';
const PATIENCE_MS = 240_000;

export const hasChromium = isAvailable('Chromium', existsSync(EXECUTABLE), 'TECP_REQUIRE_CHROMIUM');

export async function startChromium(cleanup: Cleanup): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: EXECUTABLE,
    args: ['--no-sandbox'],
    timeout: PATIENCE_MS,
  });
  cleanup.add(() => browser.close());
  return browser;
}

/** A page of its own, which shares nothing with others. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(PATIENCE_MS);
  return page;
}
