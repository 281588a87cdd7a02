/** Tools that not every machine has: their tests are skipped aloud, or fail where CI demands them. */

/** Throws when a missing tool is demanded by `<variable>=1`; says so when its tests are skipped. */
export function isAvailable(tool: string, isThere: boolean, variable: string): boolean {
  if (isThere) return true;
  if (process.env[variable] === '1') throw new Error(`${tool} is missing, and ${variable}=1.`);
  console.warn(`SKIPPED: ${tool} is not on this machine, so its conformance tests do not run.`);
  return false;
}
