/** What several logs of one server may not have in common. */
import { ConfigError } from '#service/errors.ts';
import type { LogServerConfig } from './config.ts';
import { readLogKey } from './log-files.ts';
import { locateStore } from './store/open-store.ts';

/** Two databases under one origin would be two trees signed by one log: a split view. */
export function checkDistinct({ logs }: LogServerConfig): void {
  const values = {
    path: logs.map(({ path }) => path),
    database: logs.map((log) => locateStore(log).name),
    tiles: logs.flatMap(({ tiles }) => tiles ?? []),
    origin: logs.map(({ key }) => readLogKey(key).verifier.name),
  };
  for (const [what, all] of Object.entries(values)) {
    const twice = all.find((value, i) => all.indexOf(value) !== i);
    if (twice === undefined) continue;
    throw new ConfigError(`Two logs have the ${what} "${twice}"; give each its own.`);
  }
}
