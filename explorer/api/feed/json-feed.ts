/** A feed in JSON Feed 1.1 (https://jsonfeed.org/version/1.1). */
import { CUT, type Feed, type FeedPlace } from './feed.ts';

export function jsonFeedOf({ title, url, items }: Feed, place: FeedPlace): string {
  const { self, next, isCut } = place;
  return JSON.stringify({
    version: 'https://jsonfeed.org/version/1.1',
    title,
    home_page_url: url,
    feed_url: self,
    next_url: next,
    description: isCut ? CUT : undefined,
    items: items.map((item) => ({
      id: item.id,
      url: item.url,
      title: item.title,
      content_text: item.text,
      date_published: item.seen,
    })),
  });
}
