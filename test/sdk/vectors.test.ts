/** Every command answers every vector of sdk/vectors with the very bytes of its answer. */
import { expect, it } from 'vitest';
import { programPath } from '#cli/sdk/languages.ts';
import { VerifierProcess } from '#cli/sdk/verifier-process.ts';
import { runTecp } from '#test/support/processes.ts';
import { buildAvailable } from './toolchains.ts';

const available = await buildAvailable();

it.each(available)('tecp-verify-%s answers all vectors', async (sdk) => {
  const command = [programPath('verify', sdk), '--lines'];
  const { code, stdout, stderr } = await runTecp(['vectors', 'run', '--', ...command]);
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  expect(stdout).toMatch(/^\d{3,} cases, 0 differences\.$/m);
});

it.each(available)('tecp-verify-%s answers the vectors of lists of shards', async (sdk) => {
  const command = [programPath('verify', sdk), '--lines'];
  const vectors = ['--vectors', 'sdk/vectors/optional'];
  const { code, stdout, stderr } = await runTecp(['vectors', 'run', ...vectors, '--', ...command]);
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  expect(stdout).toMatch(/^\d{3,} cases, 0 differences\.$/m);
});

it.each(available)('tecp-verify-%s ends with 0 at the end of its input', async (sdk) => {
  const verifier = VerifierProcess.of(sdk);
  expect(await verifier.askOne({})).toBe('{"error":"bad-request"}');
  expect(await verifier.close()).toBe(0);
});
