/** To the pages before and after: by cursors, so a page stays what it is while a log grows. */
export function Pager({
  first,
  next,
  label,
}: {
  /** Where this is not the first page, the URL of that. */
  readonly first: string | undefined;
  readonly next: string | undefined;
  readonly label: string;
}) {
  if (first === undefined && next === undefined) return null;
  return (
    <nav className="pager" aria-label={label}>
      {first !== undefined && <a href={first}>Newest</a>}
      {next !== undefined && (
        <a href={next} rel="next">
          Older
        </a>
      )}
    </nav>
  );
}
