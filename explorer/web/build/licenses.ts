/** The licenses of packages of which something is bundled: they go along with the bundle. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** By the names of the packages. */
export class Licenses {
  readonly #texts = new Map<string, string>();

  /** Of the package that a file is of, if it is of any. */
  note(path: string): void {
    const [, before, name] = /^(.*node_modules\/)((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    if (before === undefined || name === undefined || this.#texts.has(name)) return;
    const folder = join(before, name);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const { license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    this.#texts.set(
      name,
      file === undefined ? `License: ${license}` : readFileSync(join(folder, file), 'utf8'),
    );
  }

  /** One file of all, in the order of the names. */
  text(): string {
    return [...this.#texts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, text]) => `${name}\n\n${text.trim()}\n`)
      .join(`\n${'-'.repeat(80)}\n\n`);
  }
}
