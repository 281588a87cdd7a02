/**
 * The files of a new local network: keys, policy and one configuration for each process.
 *
 * Every witness has a key of each kind, and all must cosign for it to count. The quorum is a
 * majority of the witnesses. Nothing is written here; see `staging.ts`.
 */
import { EXPLORER_FILE, POLICY_FILE, portsOf, witnessName } from '#cli/lib/layout.ts';
import { randomBytes } from '#crypto';
import { toHex } from '#protocol/bytes.ts';
import { COSIGNER_ALGORITHMS } from '#protocol/note/algorithms.ts';
import {
  formatSignerKey,
  KEY_TYPES,
  type KeyType,
  makeSignerKey,
  type SignerKey,
} from '#protocol/note/key.ts';
import { formatPolicy, type Policy } from '#protocol/policy/policy.ts';

export const HOST = '127.0.0.1';
/** For keys and whatever else is not for other users. */
const PRIVATE = 0o600;
const PUBLIC = 0o644;

/** Not "quorum" or another word of the policy syntax, which independent parsers reserve. */
const QUORUM_GROUP = 'majority';

export interface NewFile {
  /** Relative to the data folder. */
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

interface Member {
  readonly name: string;
  readonly url: string;
  readonly port: number;
}

interface WitnessKey {
  readonly file: string;
  /** In the policy. */
  readonly name: string;
  readonly key: SignerKey;
}

interface Witness extends Member {
  /** One of each kind. */
  readonly keys: readonly WitnessKey[];
}

const SEED_BYTES = 32;

function newKey(name: string, type: KeyType): SignerKey {
  return makeSignerKey(name, type, randomBytes(SEED_BYTES));
}

export function urlOf(port: number): string {
  return `http://${HOST}:${port}`;
}

/** Everything but the marker file. `database` is that of the log: a file beside its configuration, or a URL. */
export function generateNetwork(
  base: number,
  witnessCount: number,
  database = 'log.db',
): NewFile[] {
  const ports = portsOf(base, witnessCount);
  // Names are for ever and a port is not, so networks are told apart by a random part.
  const network = `tecp.localhost/${toHex(randomBytes(4))}`;
  const member = (name: string): Member => {
    const port = ports.get(name)!;
    return { name, port, url: urlOf(port) };
  };
  const log = member('log');
  const monitor = member('monitor');
  const { port: explorerPort, url: explorer } = member('explorer');
  const logKey = newKey(`${network}/log`, KEY_TYPES.ed25519);
  const witnesses = Array.from({ length: witnessCount }, (_, i): Witness => {
    const name = `${network}/${witnessName(i + 1)}`;
    return {
      ...member(witnessName(i + 1)),
      keys: COSIGNER_ALGORITHMS.map(({ type, fileName, suffix }) => ({
        file: `${fileName}.key`,
        name: `${witnessName(i + 1)}-${suffix}`,
        key: newKey(name, type),
      })),
    };
  });
  const keyFile = (path: string, key: SignerKey): NewFile => {
    return { path, content: `${formatSignerKey(key)}\n`, mode: PRIVATE };
  };
  const textFile = (path: string, content: string): NewFile => ({ path, content, mode: PUBLIC });
  return [
    textFile(POLICY_FILE, policyText(logKey, log, witnesses)),
    keyFile('log/log.key', logKey),
    textFile('log/log.yaml', logConfig(log, database, explorer)),
    ...witnesses.flatMap((witness) => [
      ...witness.keys.map(({ file, key }) => keyFile(`${witness.name}/${file}`, key)),
      textFile(
        `${witness.name}/witness.yaml`,
        witnessConfig(witness, { log, logKey, witnesses, monitor }),
      ),
    ]),
    textFile('monitor/monitor.yaml', monitorConfig(monitor, explorer)),
    explorerFile(explorerPort, { log: log.url, monitor: monitor.url }),
  ];
}

/** The explorer's configuration: also for a network that was made without one. */
export function explorerFile(
  port: number,
  urls: { readonly log: string; readonly monitor: string },
): NewFile {
  return { path: EXPLORER_FILE, content: explorerConfig(port, urls), mode: PUBLIC };
}

const KINDS = COSIGNER_ALGORITHMS.map(({ label }) => label);
const POLICY_HEADER = `# Whom to trust: the log, its witnesses (each with a key of ${KINDS.join(' and of ')}, and
# all of these must cosign), and how many of them make a quorum. Give this file to whoever verifies.
`;

function policyText(logKey: SignerKey, log: Member, witnesses: readonly Witness[]): string {
  const policy: Policy = {
    logs: [{ key: logKey.verifier, url: log.url }],
    witnesses: witnesses.flatMap(({ url, keys }) => {
      return keys.map(({ name, key }) => ({ name, key: key.verifier, url }));
    }),
    groups: [
      ...witnesses.map(({ name, keys }) => {
        return { name, threshold: keys.length, members: keys.map((key) => key.name) };
      }),
      {
        name: QUORUM_GROUP,
        threshold: Math.floor(witnesses.length / 2) + 1,
        members: witnesses.map(({ name }) => name),
      },
    ],
    quorum: QUORUM_GROUP,
  };
  return POLICY_HEADER + formatPolicy(policy);
}

function listen(port: number): string {
  return `listen:\n  host: ${HOST}\n  port: ${port}\n`;
}

function logConfig(log: Member, database: string, explorer: string): string {
  return `# The log server. Made by "tecp up"; yours to edit.
${listen(log.port)}log_level: info
# Front ends, each in a thread of its own: one for each core is the default elsewhere.
workers: 1
explorer: ${explorer}
logs:
  - key: log.key
    database: ${database}
    policy: ../${POLICY_FILE}
    entry_types: [tecp-receipt]
    checkpoint:
      interval_ms: 200
limits:
  # Everybody on this machine is one client, so the rates are generous.
  submissions:
    per_second: 100000
    burst: 100000
  reads:
    per_second: 100000
    burst: 100000
`;
}

/** Whom a witness is to know. */
interface Neighbours {
  readonly log: Member;
  readonly logKey: SignerKey;
  /** Itself among them. */
  readonly witnesses: readonly Witness[];
  readonly monitor: Member;
}

function witnessConfig(witness: Witness, neighbours: Neighbours): string {
  const { log, logKey, witnesses, monitor } = neighbours;
  const peers = witnesses
    .filter((peer) => peer !== witness)
    .map(
      ({ name, url, keys }) => `  - name: ${name}
    url: ${url}
    vkeys:
${keys.map(({ key }) => `      - ${key.verifier.text}\n`).join('')}`,
    );
  return `# A witness. Made by "tecp up"; yours to edit.
${listen(witness.port)}log_level: info
database: witness.db
keys: [${witness.keys.map(({ file }) => file).join(', ')}]
logs:
  - vkey: ${logKey.verifier.text}
    url: ${log.url}
peers:${peers.length === 0 ? ' []\n' : `\n${peers.join('')}`}monitors:
  - url: ${monitor.url}
cross_check:
  interval_ms: 1000
limits:
  # Everybody on this machine is one client, so the rate is generous.
  requests_per_second: 10000
`;
}

function monitorConfig(monitor: Member, explorer: string): string {
  return `# The monitor. Made by "tecp up"; yours to edit.
${listen(monitor.port)}log_level: info
database: monitor.db
policy: ../${POLICY_FILE}
entry_types: [tecp-receipt]
interval_ms: 1000
explorer: ${explorer}
`;
}

function explorerConfig(
  port: number,
  { log, monitor }: { readonly log: string; readonly monitor: string },
): string {
  return `# The explorer. Made by "tecp up"; yours to edit.
${listen(port)}log_level: info
database: explorer.db
logs:
  - url: ${log}
    policy: ../${POLICY_FILE}
entry_types: [tecp-receipt]
monitor: ${monitor}
workers: 1
interval_ms: 1000
limits:
  # Everybody on this machine is one client, so the rate is generous.
  requests:
    per_second: 10000
    burst: 40000
`;
}
