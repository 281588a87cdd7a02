/** Whether a request comes from somebody who wants a page, or from a program that takes anything. */

/** True only if `text/html` is named, and preferred to JSON (RFC 9110, section 12.5.1). */
export function prefersHtml(accept: string | undefined): boolean {
  const ranges = (accept ?? '').toLowerCase().split(',').map(parseRange);
  const weightOf = (...types: string[]) =>
    types.map((type) => ranges.find((range) => range.type === type)?.weight).find(isNumber);
  const html = weightOf('text/html') ?? 0;
  return html > (weightOf('application/json', 'application/*', '*/*') ?? 0);
}

function parseRange(text: string): { type: string; weight: number } {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim());
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return { type, weight: weight === undefined ? 1 : Number(weight) || 0 };
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined;
}
