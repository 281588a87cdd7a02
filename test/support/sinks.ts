/** One sink of a kind with the settings of its receiver, and what a test changes of them. */
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type { Notice } from '#monitor/alerts/notice.ts';
import { openSinks, type SinkType, sinkKeys } from '#monitor/alerts/sinks/sinks.ts';
import type { Receiver } from './alert-receivers.ts';
import { alertNotice, messageOf } from './notices.ts';

const schema = z.strictObject(sinkKeys(z.string()));
const never = new AbortController().signal;

export function openSink(type: SinkType, settings: Record<string, unknown>) {
  const sink = openSinks(schema.parse({ sinks: { night: { type, ...settings } } })).get('night')!;
  const send = (id: number, notice: Notice = alertNotice('raised')) =>
    sink.send(messageOf(id, notice), never);
  return { sink, send };
}

/** A receiver that is closed at the end of the test. */
export async function opened<T extends Receiver>(open: () => Promise<T>): Promise<T> {
  const receiver = await open();
  onTestFinished(() => receiver.close());
  return receiver;
}
