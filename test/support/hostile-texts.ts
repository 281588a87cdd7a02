/**
 * What strangers write to get their own markup, scripts or directions into pages of others. Each mark of `owned` is
 * one that only a script can leave.
 */
const own = (n: number) => `window.owned=${n}`;

/** In printable ASCII. */
export const MARKUP: readonly string[] = [
  `<script>${own(1)}</script>`,
  `"><script>${own(2)}</script>`,
  `</script><script>${own(3)}</script>`,
  `<!--<script>${own(4)}//-->`,
  `<img src=x onerror=${own(5)}>`,
  `<svg/onload=${own(6)}>`,
  `<svg><animate onbegin=${own(7)} attributeName=x dur=1s>`,
  `"onmouseover="${own(8)}" style="animation:x`,
  `' autofocus onfocus=${own(9)} x='`,
  `javascript:${own(10)}//`,
  `<a href="javascript:${own(11)}">x</a>`,
  `<iframe srcdoc="<script>parent.${own(12)}</script>">`,
  '<base href=//evil.example/>',
  '<meta http-equiv=refresh content=0;url=//evil.example>',
  `<form action=//evil.example><button formaction=javascript:${own(13)}>x`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${own(14)}>`,
  `<template><script>${own(15)}</script></template>`,
  `{{constructor.constructor('${own(16)}')()}}`,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the text of somebody who hopes for a template
  '${window.owned=17}',
  `&lt;script&gt;${own(18)}&lt;/script&gt;`,
  `\\u003cscript\\u003e${own(19)}\\u003c/script\\u003e`,
  ']]><script>window.owned=20</script>',
  '<style>*{background:url(//evil.example)}</style>',
  '<link rel=stylesheet href=//evil.example>',
  '__proto__',
  'constructor',
];

/** Turns text around, does not show, or looks like another letter. */
export const DECEPTIVE: readonly string[] = [
  'git:\u202egpj.exe',
  'a\u2066b\u2069c',
  'zero\u200bwidth',
  'soft\u00adhyphen',
  'mark\ufefforder',
  'tag\u{e0041}s',
  '\u0430pple',
  'p\u0430ypal.example',
  'line\u2028separator',
  'nul\u0000and bell\u0007',
];

/** No character of these may stand in a page as it is. */
export const UNSEEN = /[\p{Cf}\p{Zl}\p{Zp}]/u;
