/**
 * A sink for alerts: a channel of Slack, or of anything that takes Slack's incoming webhooks
 * (Mattermost, Rocket.Chat). The URL is a secret, so it is the text of a file.
 *
 * Limits of Slack: 150 characters in a header, 3,000 in a section. Text from outside is escaped, so
 * that it neither links nor calls everybody (`<!channel>`).
 */
import { z } from 'zod';
import { httpPrefix } from '#protocol/policy/url.ts';
import { ConfigError } from '#service/errors.ts';
import type { Notice } from '../notice.ts';
import { headlineOf, linesOf } from '../notice-text.ts';
import { deliver, readSecret } from './http.ts';
import { sinkKind } from './sink.ts';

const MAX_HEADER_CHARS = 150;
const MAX_SECTION_CHARS = 3000;

export const slack = sinkKind({
  settings: (filePath) =>
    z.strictObject({
      /** File with the URL of the incoming webhook; only its owner may read it. */
      url_file: filePath,
      timeout_ms: z.int().min(50).max(60_000).default(10_000),
    }),
  open: ({ url_file: path, timeout_ms: timeoutMs }) => {
    const url = readSecret(path);
    if (httpPrefix(url) === undefined) throw new ConfigError(`${path} holds no http or https URL.`);
    const headers = { 'content-type': 'application/json' };
    return {
      send: ({ notice }, signal) => {
        const body = JSON.stringify(payloadOf(notice));
        return deliver(url, { headers, body }, { timeoutMs, signal });
      },
    };
  },
});

function payloadOf(notice: Notice) {
  const headline = headlineOf(notice);
  const header = cut(headline, MAX_HEADER_CHARS, (character) => character);
  const section = cut(linesOf(notice).join('\n'), MAX_SECTION_CHARS, escaped);
  return {
    // What notifications show, and clients without blocks.
    text: cut(headline, MAX_SECTION_CHARS, escaped),
    unfurl_links: false,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: header, emoji: false } },
      { type: 'section', text: { type: 'mrkdwn', text: section, verbatim: true } },
    ],
  };
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escaped(character: string): string {
  return ENTITIES[character] ?? character;
}

/** At most `limit` characters, each as `write` has it, and none of them in part. */
function cut(text: string, limit: number, write: (character: string) => string): string {
  const end = '…';
  let result = '';
  for (const character of text) {
    const next = result + write(character);
    if (next.length > limit - end.length) return result + end;
    result = next;
  }
  return result;
}
