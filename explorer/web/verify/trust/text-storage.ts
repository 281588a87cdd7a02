/** Where the visitor's browser keeps texts between visits: localStorage in the app, a map in tests. */

export interface TextStorage {
  /** Undefined for what was never written. */
  read(name: string): string | undefined;
  /** Throws where there is no room, or nothing may be kept. */
  write(name: string, text: string): void;
}

/** Keeps texts as long as the page is open: for browsers that keep nothing. */
export function memoryStorage(): TextStorage {
  const texts = new Map<string, string>();
  return {
    read: (name) => texts.get(name),
    write: (name, text) => {
      texts.set(name, text);
    },
  };
}
