/** A drawing as a file that stands alone: what the page's style sheet gave it, its attributes give it there. */

/** `markup` is that of the `svg` element, from which what only a page has use for is taken. */
export function svgFile(markup: string): string {
  const still = markup.replaceAll(/ (?:class|tabindex|role|aria-[a-z]+|data-node)="[^"]*"/g, '');
  const named = still.includes('xmlns=')
    ? still
    : still.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"');
  return `<?xml version="1.0" encoding="UTF-8"?>\n${named}\n`;
}
