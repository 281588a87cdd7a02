/** The process of `load-generator.ts`: runs one load after another, as it is told. */
import { type LoadOptions, runLoad } from './load-client.ts';

process.on('message', (load: LoadOptions) => {
  runLoad(load).then(
    (result) => process.send!({ result }),
    (error: unknown) => process.send!({ error: String(error) }),
  );
});
