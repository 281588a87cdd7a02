/** Work on what comes one after another: several at once, and told of in the order in which they came. */

/**
 * Yields each item when `work` on it and on all before it is done. Of at most `atOnce` the work is under way, and
 * it has ended when this has, also when it rejects, as the first work in order does or as the items do.
 */
export async function* inOrder<T>(
  items: AsyncIterable<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): AsyncGenerator<T, void> {
  const begun: Promise<T>[] = [];
  try {
    for await (const item of items) {
      const doing = work(item).then(() => item);
      doing.catch(() => undefined); // told when its turn comes
      begun.push(doing);
      if (begun.length === atOnce) yield await begun.shift()!;
    }
    while (begun.length > 0) yield await begun.shift()!;
  } finally {
    await Promise.allSettled(begun);
  }
}
