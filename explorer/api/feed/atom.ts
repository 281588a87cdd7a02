/** A feed in Atom (RFC 4287), with its pages (RFC 5005). */
import { CUT, type Feed, type FeedItem, type FeedPlace } from './feed.ts';

export function atomOf({ id, title, url, updated, items }: Feed, place: FeedPlace): string {
  const { self, next, isCut } = place;
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>${xml(id)}</id>
<title>${xml(title)}</title>
${isCut ? `<subtitle>${CUT}</subtitle>\n` : ''}\
<updated>${updated}</updated>
<author><name>tecp explorer</name></author>
<link rel="self" type="application/atom+xml" href="${xml(self)}"/>
${next === undefined ? '' : `<link rel="next" type="application/atom+xml" href="${xml(next)}"/>\n`}\
<link rel="alternate" type="text/html" href="${xml(url)}"/>
${items.map(entryOf).join('')}</feed>
`;
}

function entryOf({ id, url, title, text, seen }: FeedItem): string {
  return `<entry>
<id>${xml(id)}</id>
<title>${xml(title)}</title>
<updated>${seen}</updated>
<link rel="alternate" type="text/html" href="${xml(url)}"/>
<content type="text">${xml(text)}</content>
</entry>
`;
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
