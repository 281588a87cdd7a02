/**
 * URLs of logs and witnesses (docs/spec/log.md section 8): prefixes to which paths are appended.
 *
 * One prefix has one text, without a slash at its end, so that who compares prefixes, or counts
 * witnesses by them, need not know that two spellings mean the same place. A policy says less of a URL than
 * whoever asks it needs, so that a verifier need not have a parser of URLs.
 */

/** What stands in a policy as a URL, without the slashes at its end; undefined for anything else. */
export function urlPrefixOf(text: string): string | undefined {
  if (!/^https?:\/\/[^/?#]/.test(text)) return undefined;
  let end = text.length;
  while (text[end - 1] === '/') end--;
  return text.slice(0, end);
}

/** Whether a URL has a user or a password, which nothing may hold that is shown to others. */
export function hasUserInfo(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}

/** An http or https URL that can be asked, without the slashes at its end; undefined for anything else. */
export function httpPrefix(text: string): string | undefined {
  return URL.canParse(text) ? urlPrefixOf(text) : undefined;
}
