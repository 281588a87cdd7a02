/** `tecp sdk`: what each SDK makes is verified by each, and what was tampered with is refused by each. */
import { expect, it } from 'vitest';
import { SDK_NAMES } from '#cli/sdk/languages.ts';
import { TAMPERINGS } from '#cli/sdk/tamperings.ts';
import { runTecp } from '#test/support/processes.ts';
import { buildAvailable } from './toolchains.ts';

const available = await buildAvailable();

it('receipts of each SDK are verified by each, and refused by all with the same codes', async () => {
  const { code, stdout, stderr } = await runTecp(['sdk', 'matrix', '--json']);
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  const { ok, sdks, rows } = JSON.parse(stdout);
  expect(ok).toBe(true);
  expect(sdks).toEqual(available);
  expect(rows).toHaveLength(2 * available.length + TAMPERINGS.length);
  for (const { expected, got } of rows) {
    expect(got).toEqual(Object.fromEntries(available.map((sdk) => [sdk, expected])));
  }
});

it('a build says where the commands are, and what is missing for the others', async () => {
  const { code, stdout, stderr } = await runTecp(['sdk', 'build']);
  expect(code, stderr).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(SDK_NAMES.length);
  for (const [i, sdk] of SDK_NAMES.entries()) {
    const isBuilt = available.includes(sdk);
    expect(lines[i]).toContain(isBuilt ? `.sdk/bin/tecp-verify-${sdk}` : 'not built');
  }
});
