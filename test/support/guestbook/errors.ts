/** What may be wrong with a line of a guest book: a code space of its own. */
import { EntryError } from '#protocol/errors.ts';

export const GUESTBOOK_ERRORS = {
  'E-SIZE-001': 'too large',
  'G-FORM': 'a member is missing, or not what it should be',
  'G-SPELLING': 'not JSON, or not canonical where it must be',
  'G-FORGED': 'not by who it says',
  'G-OLD': 'written too long ago',
} as const;

export class GuestbookError extends EntryError<keyof typeof GUESTBOOK_ERRORS> {
  override readonly name = 'GuestbookError';
}
