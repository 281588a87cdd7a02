/**
 * The colours of all pages, light and dark, as variables of CSS: of those that servers make themselves (`style.ts`), and of
 * the explorer's web app, whose build takes them from here. Text has the contrast of WCAG AA on each ground.
 */
export const PALETTE = `
:root {
  color-scheme: light dark;
  --bg: light-dark(#f6f6f3, #14161a);
  --card: light-dark(#ffffff, #1c1f25);
  --line: light-dark(#d9d9d2, #363c46);
  --edge: light-dark(#84888f, #7d8593);
  --text: light-dark(#1b1d21, #e7e9ee);
  --dim: light-dark(#555b66, #a3abb9);
  --good: light-dark(#176639, #6fd69a);
  --good-bg: light-dark(#e3f4e9, #14301f);
  --busy: light-dark(#3f4b66, #a9b6d6);
  --busy-bg: light-dark(#e9ecf3, #262c3a);
  --warn: light-dark(#7a4b00, #f2c063);
  --warn-bg: light-dark(#fdf1d8, #382a0e);
  --bad: light-dark(#a3161f, #ff8f8a);
  --bad-bg: light-dark(#fde8e8, #3c1618);
  --link: light-dark(#1a56b8, #8ab8ff);
}
`;
