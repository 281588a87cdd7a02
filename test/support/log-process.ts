/** A program that runs a log server with the flags that follow its configuration file. */
import { runLogServer } from '#log-server/server.ts';

const [configPath, ...flags] = process.argv.slice(2);
const options = { init: flags.includes('init'), trustDatabase: flags.includes('trust-database') };
runLogServer(configPath!, options).catch((error) => {
  process.stderr.write(`${error}\n`);
  process.exit(2);
});
