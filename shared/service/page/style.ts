/** The style of the pages that servers make: system fonts, light and dark, readable on a phone. */
import { PALETTE } from './palette.ts';

export const PAGE_STYLE = `${PALETTE}* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.25rem 1.25rem 3rem; max-width: 64rem;
  background: var(--bg); color: var(--text); font: 16px/1.5 system-ui, sans-serif;
}
h1 { font-size: 1.3rem; line-height: 1.35; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
p { margin: .35rem 0; overflow-wrap: anywhere; }
a { color: var(--link); }
ul, ol { margin: .35rem 0; padding-left: 1.25rem; }
li { overflow-wrap: anywhere; }
code, pre { font: .875em/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
pre {
  background: var(--bg); border: 1px solid var(--line); border-radius: .4rem;
  padding: .6rem .8rem; margin: .5rem 0; white-space: pre-wrap; word-break: break-all;
}
summary { cursor: pointer; padding: .2rem 0; }
time { white-space: nowrap; }
.dim { color: var(--dim); font-size: .9rem; }
.num { font-variant-numeric: tabular-nums; }
.good { color: var(--good); } .busy { color: var(--busy); }
.warn { color: var(--warn); } .bad { color: var(--bad); }
.verdict { padding: 1rem 1.15rem; border-radius: .6rem; border-left: .4rem solid; }
.verdict p { color: var(--text); margin: .5rem 0 0; }
.verdict.good { background: var(--good-bg); } .verdict.busy { background: var(--busy-bg); }
.verdict.warn { background: var(--warn-bg); } .verdict.bad { background: var(--bad-bg); }
header { margin-bottom: 1rem; }
.about { margin: .6rem 0 0; display: flex; flex-wrap: wrap; gap: 0 1rem; }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .9rem 1.1rem; margin: 0 0 .75rem;
}
.card.bad, .card.warn, .card.busy { border-left: .35rem solid; }
.card.bad > *, .card.warn > *, .card.busy > * { color: var(--text); }
.head { display: flex; flex-wrap: wrap; gap: .2rem .5rem; align-items: baseline; }
.tag {
  display: inline-block; padding: .05rem .55rem; border-radius: 1rem;
  font-size: .8rem; font-weight: 600; overflow-wrap: anywhere;
}
.tag.good { background: var(--good-bg); color: var(--good); }
.tag.busy { background: var(--busy-bg); color: var(--busy); }
.tag.warn { background: var(--warn-bg); color: var(--warn); }
.tag.bad { background: var(--bad-bg); color: var(--bad); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.25rem; margin: .6rem 0 0; }
dt { color: var(--dim); }
dd { margin: 0; overflow-wrap: anywhere; }
.meter { display: inline-flex; gap: 3px; margin-right: .5rem; vertical-align: -1px; }
.meter i { width: .75rem; height: .75rem; border-radius: 2px; border: 1.5px solid var(--dim); }
.meter i.has { background: var(--good); border-color: var(--good); }
.meter.short i.has { background: var(--bad); border-color: var(--bad); }
.tree { list-style: none; padding: 0; margin: .8rem 0 .4rem; }
.tree li { position: relative; padding: .15rem 0 .5rem 2.4rem; }
.tree li::before {
  content: ''; position: absolute; left: .6rem; top: 0; bottom: 0; border-left: 3px solid var(--good);
}
.tree li:first-child::before { top: .9rem; }
.tree li:last-child::before { bottom: auto; height: .75rem; }
.tree li:only-child::before { display: none; }
.tree li + li::after {
  content: ''; position: absolute; left: .6rem; top: .1rem; width: 1.1rem; height: .85rem;
  border: solid currentColor; border-width: 0 0 3px 3px; border-bottom-left-radius: .7rem;
}
.tree li.busy::after, .tree li.silent::after { border-style: dotted; }
.tree b.dot {
  position: absolute; left: .3rem; top: .45rem; width: .8rem; height: .8rem; border-radius: 50%;
  background: currentColor; z-index: 1;
}
.tree li + li { padding-left: 2.9rem; }
.tree li + li b.dot { left: 1.55rem; top: .5rem; }
.tree li.silent b.dot { background: var(--card); border: 2px dashed currentColor; }
.tree .what { font-size: .9rem; font-weight: 600; }
.chips { display: flex; flex-wrap: wrap; gap: .3rem; margin: .25rem 0 0; padding: 0; }
.chip {
  border: 1px solid var(--line); border-radius: .4rem; padding: .05rem .5rem; font-size: .875rem;
  color: var(--text); overflow-wrap: anywhere;
}
.chip.log { font-weight: 600; border-color: currentColor; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
th, td { overflow-wrap: anywhere; text-align: left; padding: .4rem .9rem .4rem 0; border-top: 1px solid var(--line); vertical-align: top; }
thead th { border-top: 0; color: var(--dim); font-weight: 500; font-size: .875rem; }
tbody th { font-weight: 600; overflow-wrap: anywhere; min-width: 8rem; }
td:last-child { padding-right: 0; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: .75rem; align-items: start; }
.grid .card { margin: 0; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0; }
footer { margin-top: 2.5rem; }
.lost { display: none; }
.is-lost .lost { display: block; }
.is-lost main { opacity: .55; }
@media (max-width: 34rem) {
  body { padding: .75rem .75rem 2rem; }
  dl { grid-template-columns: 5.5rem 1fr; gap: .3rem .6rem; }
  .card { padding: .75rem .85rem; }
  table.rows thead { position: absolute; left: -999rem; }
  table.rows tr { display: block; border-top: 1px solid var(--line); padding: .4rem 0; }
  table.rows th, table.rows td { display: inline-block; border: 0; padding: 0 .8rem 0 0; }
  table.rows td[data-label]::before { content: attr(data-label) ': '; color: var(--dim); }
}
`;
