/** A feed in JSON Feed 1.1 (https://jsonfeed.org/version/1.1). */
import type { Feed } from './feed.ts';

/** `self` is the URL of the feed. */
export function jsonFeedOf({ title, url, items }: Feed, self: string): string {
  return JSON.stringify({
    version: 'https://jsonfeed.org/version/1.1',
    title,
    home_page_url: url,
    feed_url: self,
    items: items.map((item) => ({
      id: item.id,
      url: item.url,
      title: item.title,
      content_text: item.text,
      date_published: item.seen,
    })),
  });
}
