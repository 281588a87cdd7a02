/** A monitor as a process of its own, with one sink more. */
import { SINKS } from '#monitor/alerts/sinks/sinks.ts';
import { runMonitor } from '#monitor/server.ts';
import { file } from './file-sink.ts';

Object.assign(SINKS, { file });
await runMonitor(process.argv[2]!);
