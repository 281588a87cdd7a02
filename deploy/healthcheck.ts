/**
 * Asks a server of this machine whether it can do its job: `node healthcheck.ts PORT`.
 * Exit code 0 if `/readyz` says so, otherwise 1 with what it said.
 */
const url = `http://127.0.0.1:${process.argv[2]}/readyz`;
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(3000) });
  if (!response.ok) {
    process.stderr.write(`${await response.text()}\n`);
    process.exitCode = 1;
  }
} catch (error) {
  process.stderr.write(`${url}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
