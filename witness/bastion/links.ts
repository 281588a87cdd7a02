/** All bastions of a witness: which key each knows it by, their connections, and what is told of them. */
import { KEY_TYPES } from '#protocol/note/key.ts';
import { type Application, answerWith } from '#service/answer.ts';
import { backendHash } from '#service/bastion.ts';
import { readBoundedFile } from '#service/bounded-file.ts';
import type { DirectRoutes } from '#service/direct-routes.ts';
import { ConfigError } from '#service/errors.ts';
import { readSignerKey } from '#service/keys.ts';
import type { Logger } from '#service/logging.ts';
import type { Metrics } from '#service/metrics.ts';
import type { BastionConfig } from './config.ts';
import { BastionLink } from './link.ts';

export interface BastionsOptions {
  readonly bastions: readonly BastionConfig[];
  /** Those of the witness's own keys that are in files. */
  readonly keyFiles: readonly string[];
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

export interface BastionState {
  /** `host:port` of the bastion. */
  readonly address: string;
  /** Where clients find the witness there: `https://<bastion>/<backend>/`. */
  readonly backend: string;
  readonly isConnected: boolean;
  /** Since when it is or is not, in Unix milliseconds. */
  readonly sinceMs: number;
}

const MAX_CA_BYTES = 1 << 20;

export class Bastions {
  readonly #options: BastionsOptions;
  readonly #plans: readonly {
    config: BastionConfig;
    seed: Uint8Array;
    backend: string;
    ca?: string;
  }[];
  // Owned by `start` and `stop`.
  #links: readonly BastionLink[] = [];

  /** Reads keys and certificates. Throws `ConfigError` for what does not serve. */
  constructor(options: BastionsOptions) {
    this.#options = options;
    this.#plans = options.bastions.map((config) => {
      const { verifier, seed } = keyOf(config, options.keyFiles);
      const { ca } = config;
      const backend = backendHash(verifier.publicKey);
      if (ca === undefined) return { config, seed, backend };
      const text = readBoundedFile(ca, 'the certificates', MAX_CA_BYTES).toString();
      return { config, seed, backend, ca: text };
    });
  }

  /** In the order of the configuration; nothing before `start`. */
  get states(): readonly BastionState[] {
    return this.#links.map(({ isConnected, sinceMs }, i) => {
      const { config, backend } = this.#plans[i]!;
      return { address: config.address.text, backend, isConnected, sinceMs };
    });
  }

  /** Has the same answer what comes over each of them as over a listener. */
  start(app: Application, direct: DirectRoutes): void {
    const { metrics, logger, now } = this.#options;
    if (this.#plans.length === 0) return;
    const answer = answerWith(app, logger, direct);
    const tries = metrics.counter({
      name: 'tecp_witness_bastion_connections_total',
      help: 'Connections to a bastion that were tried, by bastion and result.',
      labelNames: ['bastion', 'result'],
    });
    this.#links = this.#plans.map(({ config: { address }, seed, ca }) => {
      const onTry = (result: string) => tries.inc({ bastion: address.text, result });
      return new BastionLink({ address, seed, ca, answer, logger, now, onTry });
    });
    const states = () => this.states;
    metrics.gauge({
      name: 'tecp_witness_bastion_connected',
      help: '1 while the witness can be reached over the bastion.',
      labelNames: ['bastion'],
      collect() {
        for (const { address, isConnected } of states()) {
          this.set({ bastion: address }, isConnected ? 1 : 0);
        }
      },
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.stop()));
  }
}

const ED25519_TYPES: readonly number[] = [KEY_TYPES.ed25519, KEY_TYPES.cosignatureEd25519];

function keyOf({ address, key }: BastionConfig, keyFiles: readonly string[]) {
  for (const path of key === undefined ? keyFiles : [key]) {
    const signer = readSignerKey(path);
    if (ED25519_TYPES.includes(signer.verifier.type)) return signer;
  }
  throw new ConfigError(
    `The bastion ${address.text} needs an Ed25519 key in a file; name one as its "key".`,
  );
}
