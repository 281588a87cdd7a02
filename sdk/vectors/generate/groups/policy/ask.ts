/** How a policy is asked about, and the lines that the cases share. */
import { utf8 } from '../../bytes.ts';
import { type Case, type JsonMembers, request } from '../../case.ts';
import { W1, W2, W3 } from '../../keys.ts';
import { NONE } from '../../policies.ts';

export interface Policy {
  readonly logs?: readonly (readonly [key: string, url?: string])[];
  readonly witnesses?: readonly (readonly [name: string, key: string, url?: string])[];
  readonly groups?: readonly (readonly [name: string, threshold: number, ...members: string[]])[];
  readonly quorum?: string;
}

const optional = (url: string | undefined) => (url === undefined ? {} : { url });

export function read(name: string, why: string, text: string, policy: Policy = {}): Case {
  const { logs = [], witnesses = [], groups = [], quorum = 'none' } = policy;
  const answer: JsonMembers = {
    logs: logs.map(([key, url]) => ({ key, ...optional(url) })),
    witnesses: witnesses.map(([witness, key, url]) => ({ name: witness, key, ...optional(url) })),
    groups: groups.map(([group, threshold, ...members]) => ({ name: group, threshold, members })),
    quorum,
  };
  return { name, why, request: request('policy', { policy: utf8(text) }), answer };
}

export function refused(name: string, why: string, text: string | Uint8Array): Case {
  const policy = typeof text === 'string' ? utf8(text) : text;
  return { name, why, request: request('policy', { policy }), answer: { error: 'malformed' } };
}

export const W1_OF = ['w1', W1.text] as const;

export const W2_OF = ['w2', W2.text] as const;

export const W3_OF = ['w3', W3.text] as const;

export const COMMENT =
  'log.md, section 8: a line that is empty, or whose first item begins with #, is passed over.';

export const SYNTAX =
  'log.md, section 8, and tlog-policy: lines of log, witness, group and quorum, and nothing else.';

export const log = (text: string) => `log ${text}\n${NONE}`;

export const witness = (text: string) => `witness w1 ${text}\n${NONE}`;
