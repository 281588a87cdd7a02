/** What the browser keeps between visits: in its storage, or where it keeps nothing, as long as the page is open. */
import { memoryStorage, type TextStorage } from '../../verify/trust/text-storage.ts';

export function browserStorage(): TextStorage {
  try {
    const { localStorage } = globalThis;
    // Where it is forbidden, this is the first call to throw.
    localStorage.getItem('');
    return {
      read: (name) => localStorage.getItem(name) ?? undefined,
      write: (name, text) => localStorage.setItem(name, text),
    };
  } catch {
    return memoryStorage();
  }
}
