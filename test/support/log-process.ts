/** A program that runs a log server with the flags that follow its configuration file. */
import { runLogServer } from '#log-server/server.ts';

const [configPath, ...flags] = process.argv.slice(2);
runLogServer(configPath!, { init: flags.includes('init') }).catch((error) => {
  process.stderr.write(`${error}\n`);
  process.exit(2);
});
