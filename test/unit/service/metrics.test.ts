import { describe, expect, it } from 'vitest';
import { Metrics } from '#service/metrics.ts';

describe('metrics', () => {
  it('of two services in one process do not mix', async () => {
    const first = new Metrics();
    const second = new Metrics();
    first.counter({ name: 'tecp_entries_total', help: 'Entries.' }).inc(3);
    expect(await first.text()).toContain('tecp_entries_total 3');
    expect(await second.text()).not.toContain('tecp_entries_total');
  });

  it('count requests by method, route and status', async () => {
    const metrics = new Metrics();
    metrics.observeRequest('GET', '/tile/*', 200, 0.003);
    expect(await metrics.text()).toContain(
      'tecp_http_request_duration_seconds_count{method="GET",route="/tile/*",status="200"} 1',
    );
  });

  it('compute a gauge when they are read', async () => {
    const metrics = new Metrics();
    let size = 1;
    metrics.gauge({
      name: 'tecp_size',
      help: 'Size.',
      collect() {
        this.set(size);
      },
    });
    size = 7;
    expect(await metrics.text()).toContain('tecp_size 7');
  });

  it('report the process only if asked', async () => {
    expect(await new Metrics({ process: true }).text()).toContain('process_cpu_seconds_total');
    expect(await new Metrics().text()).not.toContain('process_cpu_seconds_total');
  });
});
