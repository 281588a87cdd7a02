/** What "up" says once the network is ready: a table for people, one line of JSON for programs. */
import { displayPath } from '#cli/lib/layout.ts';
import { formatFacts, formatTable, plural, printable } from '#cli/lib/print.ts';
import { commandLine, shellQuote } from '#cli/lib/shell.ts';
import { paint } from '#cli/lib/style.ts';
import { algorithmOf, KEY_ALGORITHMS } from '#protocol/note/algorithms.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { commandOn } from './hints.ts';
import type { RunningNetwork } from './life.ts';
import type { Network, Role } from './network.ts';

export interface ReadyReport {
  readonly ready: true;
  readonly urls: {
    readonly log: string;
    readonly witnesses: string[];
    readonly monitor: string;
    readonly explorer?: string;
  };
  /** Absolute path of the policy file. */
  readonly policy: string;
  /** Absolute path of the data folder. */
  readonly data: string;
  readonly pids: {
    /** The process that supervises the others; SIGTERM to it stops all. */
    readonly up: number;
    readonly log: number;
    /** In the order of `urls.witnesses`. */
    readonly witnesses: number[];
    readonly monitor: number;
    readonly explorer?: number;
  };
}

export function reportOf({ network, state }: RunningNetwork): ReadyReport {
  const { log, witnesses, monitor, explorer, policyPath, data } = network;
  const pidOf = (name: string): number => state.roles.find((role) => role.name === name)!.pid!;
  return {
    ready: true,
    urls: {
      log: log.url,
      witnesses: witnesses.map(({ url }) => url),
      monitor: monitor.url,
      ...(explorer && { explorer: explorer.url }),
    },
    policy: policyPath,
    data,
    pids: {
      up: state.pid,
      log: pidOf(log.name),
      witnesses: witnesses.map(({ name }) => pidOf(name)),
      monitor: pidOf(monitor.name),
      ...(explorer && { explorer: pidOf(explorer.name) }),
    },
  };
}

/** The short table and what to try next. The last line, `ready`, is not part of it. */
export function formatReport(network: Network): string {
  const { log, witnesses, monitor, explorer, policy, policyPath, data } = network;
  const rows = [
    ...keyRows(
      log,
      policy.logs.map(({ key }) => key),
    ),
    ...witnesses.flatMap((witness) => keyRows(witness, witnessKeys(policy, witness))),
    ...[monitor, ...(explorer ? [explorer] : [])].map((role) => [
      paint('strong', role.name),
      role.url,
      '',
    ]),
  ];
  const folder = displayPath(data);
  const policyName = displayPath(policyPath);
  const work = ['sha256sum', 'README.md'];
  const facts = formatFacts([
    ['policy', `${policyName} (who is trusted; ${LONG.join(' and ')} keys are in it in full)`],
    ['data', `${folder} (keys, databases and what each process logs)`],
  ]);
  return `${paint('good', 'The network is up')}: a log, ${plural(witnesses.length, 'witness', 'witnesses')}, a monitor and an explorer.

${formatTable(rows)}
${facts}
Try next:
  ${[commandOn(data, 'run'), '--claim no_retention --', ...work].join(' ')}
  ${commandLine('verify')} sha256sum-*.tecp.json --policy ${shellQuote(policyName)}
  ${commandLine('audit', log.url, '--policy', policyName)}
  ${commandOn(data, 'status')}
  ${commandOn(data, 'down')}
and open ${(explorer ?? monitor).url} in a browser.
`;
}

function witnessKeys(policy: Policy, { url }: Role): VerifierKey[] {
  return policy.witnesses.filter((witness) => witness.url === url).map(({ key }) => key);
}

/** Of algorithms whose keys are too long for a table. */
const isLong = ({ publicKeyBytes = 0 }: { readonly publicKeyBytes?: number }): boolean =>
  publicKeyBytes > 64;
const LONG = KEY_ALGORITHMS.filter(isLong).map(({ label }) => label);

/** One row for each key; of those too long for a table, name and ID. */
function keyRows({ name, url }: Role, keys: readonly VerifierKey[]): string[][] {
  const texts = keys.map((key) =>
    printable(
      isLong(algorithmOf(key.type))
        ? `${key.name}+${key.id}+... (${algorithmOf(key.type).label})`
        : key.text,
    ),
  );
  const [first = '', ...others] = texts;
  return [[paint('strong', name), url, first], ...others.map((text) => ['', '', text])];
}
