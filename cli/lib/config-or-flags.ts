/** Commands that run a server of a configuration file, or of a few flags that say the same. */
import type { Command } from 'commander';
import { unusable } from './errors.ts';

/** Refuses flags beside `--config`, which is instead of all others. */
export function checkAlone(command: Command): void {
  const others = command.options.filter((option) => {
    return (
      option.long !== '--config' && command.getOptionValueSource(option.attributeName()) === 'cli'
    );
  });
  if (others.length > 0) throw unusable(`--config is instead of ${others[0]!.long}.`);
}

/** Whom to believe by `--policy` (`trust`) or `--vkey`: one of both. */
export function trustOfFlags(
  { trust, vkey }: { readonly trust?: string; readonly vkey?: string },
  command: Command,
) {
  // One that the environment names is none that somebody asked for beside a key.
  const isMeant = vkey === undefined || command.getOptionValueSource('trust') === 'cli';
  const policy = isMeant ? trust : undefined;
  if ((policy === undefined) === (vkey === undefined)) {
    throw unusable('Say whom to believe: either --policy or --vkey.');
  }
  return { policy, vkey };
}
