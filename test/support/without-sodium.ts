/** For `node --import`: a Node.js for which sodium-native has no binary, as on a system with musl. */
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'sodium-native') throw new Error('Cannot find addon');
    return next(specifier, context);
  },
});
