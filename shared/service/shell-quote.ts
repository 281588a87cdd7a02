/** For commands that messages print to be copied into a shell. */

/** A word of a command line: as it is, or in single quotes. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
