/**
 * The steps of the witness test of github.com/cloudflare/azul against our witness, by a program in Go
 * that shares no code with it. Azul's own, in Rust, runs a Cloudflare worker beside it and is not packaged.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { formatSignerKey } from '#protocol/note/key.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { Cleanup, startTestWitness, witnessSetup } from '#test/support/witness.ts';
import { buildGo, hasGo, run } from './go-program.ts';

const cleanup = new Cleanup();
afterAll(cleanup.run);

describe.skipIf(!hasGo)('a witness of ours', () => {
  it('passes the thirteen steps of Azul, and cosigns every subtree of a small tree', async () => {
    const program = await buildGo('./azul');
    const log = new MemoryLog();
    const witness = await startTestWitness(cleanup, witnessSetup(cleanup.folder(), [log]).config);
    const { stdout } = await run(program, [witness.url, formatSignerKey(log.key)]);
    expect(JSON.parse(stdout)).toEqual({ subtrees: 10 });
  });
});
