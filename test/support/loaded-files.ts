/** For `node --import`: writes the files of all modules that were loaded to standard error at the end. */
import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';

const files: string[] = [];
registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:')) files.push(url);
    return next(url, context);
  },
});
process.on('exit', () => writeSync(2, `${JSON.stringify(files)}\n`));
