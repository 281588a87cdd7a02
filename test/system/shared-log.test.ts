/** One log, run by several processes on one PostgreSQL database, behind a load balancer. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { LogClient } from '#client/log-client.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { isWithoutBalancer } from '#test/support/load-balancer.ts';
import { freshReceipt } from '#test/support/log.ts';
import type { Member } from '#test/support/network.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { SharedNetwork } from '#test/support/shared-network.ts';
import { usePostgres } from '#test/support/use-postgres.ts';
import { PATIENT, until } from '#test/support/wait.ts';

const postgres = usePostgres();

async function started(kind: 'nginx' | 'haproxy'): Promise<SharedNetwork> {
  const url = postgres().url(await postgres().newDatabase());
  const shared = await SharedNetwork.create(url, url);
  const balancer = await shared.start(kind);
  onTestFinished(() => balancer.stop());
  return shared;
}

const submit = async ({ url }: Pick<Member, 'url'>) =>
  await new LogClient(url, PATIENT).submit(freshReceipt(), { waitForProof: true });

describe.skipIf(POSTGRES_VERSIONS.length === 0)('a log of several processes', () => {
  for (const kind of ['nginx', 'haproxy'] as const) {
    it.skipIf(isWithoutBalancer(kind))(
      `goes on behind ${kind} when the one that sequences is killed`,
      async () => {
        const shared = await started(kind);
        const { network, frontEnds } = shared;
        const sequencer = () => until(() => shared.sequencer(), { what: 'somebody sequences' });
        const indices: number[] = [];
        for (const at of [...frontEnds, network.log, network.log]) {
          indices.push((await submit(at)).leaf_index);
        }
        const first = await sequencer();
        await first.kill();
        indices.push((await submit(network.log)).leaf_index);
        const second = await sequencer();
        expect(second).not.toBe(first);
        await first.start();
        indices.push((await submit(first)).leaf_index);
        expect(await sequencer()).toBe(second);
        expect(indices).toEqual([0, 1, 2, 3, 4, 5]);
        const { problems } = await checkLog(new HttpTileSource(network.log.url, PATIENT), {
          policy: network.policy,
          entryTypes: entryTypes(['tecp-receipt']),
        });
        expect(problems).toEqual([]);
      },
    );
  }
});
