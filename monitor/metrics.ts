/**
 * The monitor's own numbers, for Prometheus, read at each scrape. Labels are configured names and
 * fixed words only, so their number stays bounded.
 */
import type { EventStreams } from '#service/event-streams.ts';
import { Metrics } from '#service/metrics.ts';
import { addCanaryMetrics } from './canary/metrics.ts';
import type { Heartbeat } from './heartbeat/heartbeat.ts';
import { ALERT_KINDS } from './judge/alert-kinds.ts';
import type { Status } from './status/status.ts';

export function createMonitorMetrics(
  status: () => Status,
  events: EventStreams,
  heartbeat: Heartbeat,
): Metrics {
  const metrics = new Metrics({ process: true });
  const ofLogs = (name: string, help: string, read: (log: Status['logs'][number]) => number) => {
    metrics.gauge({
      name,
      help,
      labelNames: ['origin'],
      collect() {
        for (const log of status().logs) this.set({ origin: log.origin }, read(log));
      },
    });
  };
  ofLogs('tecp_monitor_log_size', 'Size of the last valid checkpoint.', (log) => log.size ?? 0);
  ofLogs('tecp_monitor_verified_size', 'Size with every entry checked.', (log) => log.verifiedSize);
  ofLogs('tecp_monitor_invalid_entries', 'Invalid entries found.', (log) => log.invalidEntries);
  ofLogs(
    'tecp_monitor_cosigned_seconds',
    'POSIX time at which the quorum had cosigned; 0 if unknown.',
    (log) => (log.cosignedAtMs ?? 0) / 1000,
  );
  metrics.gauge({
    name: 'tecp_monitor_witness_answering',
    help: '1 if the last request to the witness was answered.',
    labelNames: ['witness'],
    collect() {
      for (const { name, failure } of status().witnesses) {
        this.set({ witness: name }, failure === undefined ? 1 : 0);
      }
    },
  });
  metrics.gauge({
    name: 'tecp_monitor_open_alerts',
    help: 'Open alerts, by kind.',
    labelNames: ['kind'],
    collect() {
      const { alerts } = status();
      for (const kind of Object.keys(ALERT_KINDS)) {
        this.set({ kind }, alerts.filter((alert) => alert.kind === kind).length);
      }
    },
  });
  const ofSinks = (name: string, help: string, read: (sink: Status['sinks'][number]) => number) => {
    metrics.gauge({
      name,
      help,
      labelNames: ['sink'],
      collect() {
        for (const sink of status().sinks) this.set({ sink: sink.name }, read(sink));
      },
    });
  };
  ofSinks('tecp_monitor_sink_waiting', 'Messages not taken yet.', (sink) => sink.waiting);
  ofSinks('tecp_monitor_sink_set_aside', 'Messages refused for good.', (sink) => sink.setAside);
  metrics.gauge({
    name: 'tecp_monitor_heartbeat_ok',
    help: '1 if all is well and all of it was checked: only then the switch is pinged.',
    collect() {
      this.set(heartbeat.report().ok ? 1 : 0);
    },
  });
  metrics.gauge({
    name: 'tecp_monitor_ping_taken_seconds',
    help: "POSIX time at which the dead man's switch last took a ping; 0 if it never did.",
    collect() {
      this.set((heartbeat.ping?.state.takenAtMs ?? 0) / 1000);
    },
  });
  metrics.gauge({
    name: 'tecp_monitor_ok',
    help: '1 if no alert is open and nothing is wrong with the monitor itself.',
    collect() {
      this.set(status().ok ? 1 : 0);
    },
  });
  metrics.gauge({
    name: 'tecp_monitor_event_streams',
    help: 'Open streams of events.',
    collect() {
      this.set(events.count);
    },
  });
  addCanaryMetrics(metrics, () => status().canaries);
  return metrics;
}
