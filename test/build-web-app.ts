/** Has the explorer's web app built before any test runs, unless it is: tests start explorers in many ways. */
import { buildWebApp } from '#explorer/web/build.ts';

export async function setup(): Promise<void> {
  await buildWebApp();
}
