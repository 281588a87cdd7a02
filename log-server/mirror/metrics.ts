/** What a mirror counts, in Prometheus terms. */
import type { Following } from '#service/following.ts';
import { Metrics } from '#service/metrics.ts';
import type { Mirror } from './mirror.ts';

export function createMirrorMetrics(mirror: Mirror, following: Following): Metrics {
  const metrics = new Metrics({ process: true });
  metrics.gauge({
    name: 'tecp_mirror_size',
    help: 'Leaves under the checkpoint that the mirror shows.',
    collect() {
      this.set(mirror.shown?.checkpoint.size ?? 0);
    },
  });
  metrics.gauge({
    name: 'tecp_mirror_up_to_date_timestamp_seconds',
    help: 'When the mirror last held all that the log showed; 0 before that.',
    collect() {
      this.set((following.succeededAtMs ?? 0) / 1000);
    },
  });
  metrics.gauge({
    name: 'tecp_mirror_trouble',
    help: 'What keeps the mirror from going on, by kind; none while all is well.',
    labelNames: ['kind'],
    collect() {
      this.reset();
      const { trouble } = following;
      if (trouble !== undefined) this.set({ kind: trouble.kind }, 1);
    },
  });
  return metrics;
}
