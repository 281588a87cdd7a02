/** The style of the status page: system fonts, light and dark, readable on a phone. */
export const STATUS_STYLE = `
:root {
  color-scheme: light dark;
  --bg: light-dark(#f7f7f5, #14161a);
  --card: light-dark(#ffffff, #1c1f25);
  --line: light-dark(#e1e1dc, #2e333c);
  --text: light-dark(#1b1d21, #e7e9ee);
  --dim: light-dark(#5d636e, #9aa2b1);
  --good: light-dark(#176639, #6fd69a);
  --good-bg: light-dark(#e3f4e9, #14301f);
  --warn: light-dark(#7a4b00, #f2c063);
  --warn-bg: light-dark(#fdf1d8, #382a0e);
  --bad: light-dark(#a3161f, #ff8f8a);
  --bad-bg: light-dark(#fde8e8, #3c1618);
  --link: light-dark(#1a56b8, #8ab8ff);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 3rem; max-width: 62rem;
  background: var(--bg); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif;
}
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; }
h1 { font-size: 1.35rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
p { margin: .35rem 0; overflow-wrap: anywhere; }
a { color: var(--link); }
code { font: .875em/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.dim { color: var(--dim); font-size: .9rem; }
.banner {
  margin: 1rem 0 0; padding: .9rem 1.1rem; border-radius: .6rem;
  font-size: 1.1rem; font-weight: 600; border-left: .35rem solid;
}
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.banner.good { background: var(--good-bg); }
.banner.warn { background: var(--warn-bg); }
.banner.bad { background: var(--bad-bg); }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .9rem 1.1rem; margin: 0 0 .75rem;
}
.banner + .card { margin-top: .75rem; }
.card.bad, .card.warn { border-left: .35rem solid; }
.card.bad > *, .card.warn > * { color: var(--text); }
.card .tag { margin-right: .5rem; }
.tag {
  display: inline-block; padding: .05rem .5rem; border-radius: 1rem;
  font-size: .8rem; font-weight: 600; white-space: nowrap;
}
.tag.good { background: var(--good-bg); color: var(--good); }
.tag.warn { background: var(--warn-bg); color: var(--warn); }
.tag.bad { background: var(--bad-bg); color: var(--bad); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.25rem; margin: .6rem 0 0; }
dt { color: var(--dim); }
dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .5rem 1.1rem; border-top: 1px solid var(--line); vertical-align: top; }
thead th { border-top: 0; color: var(--dim); font-weight: 500; font-size: .9rem; }
tbody th { font-weight: 600; }
tbody th .dim { font-weight: 400; }
td:last-child { overflow-wrap: anywhere; }
time { white-space: nowrap; }
.num { font-variant-numeric: tabular-nums; }
footer { margin-top: 2.5rem; }
@media (max-width: 34rem) {
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; }
  th, td { padding: .5rem; }
  tbody th { overflow-wrap: anywhere; }
}
`;
