/** Where to find a module that begins in a thread or process of its own. */
import { extname } from 'node:path';

/**
 * The URL of the module `name` (no extension) beside the module of URL `from`, `import.meta.url`. It has
 * the extension of that one, so it is found as written and as compiled.
 */
export function siblingModule(name: string, from: string): URL {
  return new URL(`./${name}${extname(from)}`, from);
}
