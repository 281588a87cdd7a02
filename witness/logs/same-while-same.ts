/**
 * What is made of a list and does not change while the list does not: made once for each, and dropped
 * with it. The registry gives the same list until a log is changed.
 */
export function sameWhileSame<List extends object, Made>(
  make: (list: List) => Made,
): (list: List) => Made {
  const made = new WeakMap<List, Made>();
  return (list) => {
    const known = made.get(list);
    if (known !== undefined) return known;
    const fresh = make(list);
    made.set(list, fresh);
    return fresh;
  };
}
