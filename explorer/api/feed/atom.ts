/** A feed in Atom (RFC 4287). */
import type { Feed, FeedItem } from './feed.ts';

/** Of an entry that states no time: Atom wants one, and no other is known. */
const NO_TIME = '1970-01-01T00:00:00.000Z';

/** `self` is the URL of the feed. */
export function atomOf({ id, title, url, items }: Feed, self: string): string {
  const updated = items.map(updatedOf).reduce((a, b) => (a > b ? a : b), NO_TIME);
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>${xml(id)}</id>
<title>${xml(title)}</title>
<updated>${updated}</updated>
<author><name>tecp explorer</name></author>
<link rel="self" type="application/atom+xml" href="${xml(self)}"/>
<link rel="alternate" type="text/html" href="${xml(url)}"/>
${items.map(entryOf).join('')}</feed>
`;
}

function entryOf(item: FeedItem): string {
  const { id, url, title, text, published } = item;
  return `<entry>
<id>${xml(id)}</id>
<title>${xml(title)}</title>
<updated>${updatedOf(item)}</updated>
${published === undefined ? '' : `<published>${published}</published>\n`}<link rel="alternate" type="text/html" href="${xml(url)}"/>
<content type="text">${xml(text)}</content>
</entry>
`;
}

function updatedOf({ published = NO_TIME }: FeedItem): string {
  return published;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text of an element or attribute; what XML cannot have at all is left out. */
function xml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
}
