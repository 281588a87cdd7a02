/**
 * Makes a key, makes a receipt, logs it, and writes it with its proof:
 * `node sdk/js/examples/quickstart.ts LOG_URL OUT_FILE`.
 */
import { writeFileSync } from 'node:fs';
import { createReceipt, encodeReceipt, IssuerKey, LogClient } from '../src/index.ts';

const [url, file] = process.argv.slice(2);
if (url === undefined || file === undefined) throw new Error('usage: quickstart LOG_URL OUT_FILE');

const key = IssuerKey.generate();
const receipt = createReceipt({
  key,
  codeRef: 'git:5f3c1e',
  input: 'what went in',
  output: 'what came out',
});
const proven = await new LogClient(url).log(receipt);

writeFileSync(file, encodeReceipt(proven));
writeFileSync(file, '\n', { flag: 'a' });
