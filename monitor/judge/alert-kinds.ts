/**
 * The kinds of alerts: how grave each is, whether it can pass, what it means and what it asks for.
 */
import { CANARY_KINDS } from './kinds/canary-kinds.ts';
import { ENTRY_KINDS } from './kinds/entry-kinds.ts';
import type { AlertKindFacts } from './kinds/kind.ts';
import { LOG_KINDS } from './kinds/log-kinds.ts';
import { MONITOR_KINDS } from './kinds/monitor-kinds.ts';
import { WITNESS_KINDS } from './kinds/witness-kinds.ts';

export type { AlertKindFacts, Severity } from './kinds/kind.ts';

export type AlertKind = keyof typeof KINDS;

const KINDS = { ...LOG_KINDS, ...ENTRY_KINDS, ...WITNESS_KINDS, ...CANARY_KINDS, ...MONITOR_KINDS };

export const ALERT_KINDS: Readonly<Record<AlertKind, AlertKindFacts>> = KINDS;
