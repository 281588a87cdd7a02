/**
 * How far a harness goes: seconds in the normal run of the tests, hours where `./tecp torture` asks for
 * more. `TECP_TORTURE_ROUNDS` and the like carry the numbers from that command to here.
 */

/** The number that was asked for under this name, else that of the short form. */
export function scale(name: string, short: number): number {
  const asked = process.env[`TECP_TORTURE_${name.toUpperCase()}`];
  return asked === undefined ? short : Number(asked);
}

/** Rows of a table on standard error, with its title: what a harness found out. */
export function printTable(title: string, rows: readonly (readonly (string | number)[])[]): void {
  const texts = rows.map((row) => row.map(String));
  const widths = texts[0]!.map((_, column) => Math.max(...texts.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ');
  process.stderr.write(`\n${title}\n\n${texts.map(line).join('\n')}\n`);
}
