/** Texts in JSON from outside: JSON can spell what is no valid Unicode, and no language could hand that on unchanged. */

/** Whether a value is a text, and valid Unicode. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}

/** Those of the members that are strings, for such as need not be there; undefined if one is no valid Unicode. */
export function textsOf<K extends string>(
  members: Record<K, unknown>,
): { [Name in K]?: string } | undefined {
  const strings = Object.entries(members).filter(([, value]) => typeof value === 'string');
  if (!strings.every(([, value]) => isText(value))) return undefined;
  return Object.fromEntries(strings) as { [Name in K]?: string };
}
