"""Style sheet and script of the HTML report. Both stand in the page itself: it loads nothing."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--ink:#1c2127;--dim:#5d6873;--line:#d9dee3;--soft:#f4f6f8;--page:#fff;--link:#0b57a4;
--red:#b3261e;--amber:#8a5300;--green:#146c3a;--blue:#0b57a4;--grey:#98a2ad}
@media (prefers-color-scheme:dark){:root{--ink:#e5e9ee;--dim:#9aa6b2;--line:#333b44;--soft:#1d2329;--page:#14181c;
--link:#7db4f5;--red:#f2867d;--amber:#e5b062;--green:#6ccb93;--blue:#7db4f5;--grey:#6b7682}}
*{box-sizing:border-box}
body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--page);margin:0 auto;padding:2rem;
max-width:1240px}
h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:1.05rem;margin:0 0 .5rem}
.dim{color:var(--dim)}small{font-size:.85em}a{color:var(--link)}code{font:.92em ui-monospace,monospace}
.bar{display:flex;height:14px;border-radius:7px;overflow:hidden;margin:1.25rem 0 .75rem;background:var(--line)}
.bar i{display:block;min-width:2px}
.states{display:flex;flex-wrap:wrap;gap:.5rem;margin:0 0 1.5rem;padding:0;list-style:none}
.states button{font:inherit;color:inherit;text-align:left;background:var(--soft);border:1px solid var(--line);
border-radius:8px;padding:.5rem .8rem;cursor:pointer}
.states button[aria-pressed=true]{outline:2px solid var(--link)}
.states b{display:block;font-size:1.35rem;line-height:1.15}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(330px,1fr));gap:1.5rem 2.5rem;margin-bottom:2rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;
border-bottom:1px solid var(--line)}th{font-weight:600;font-size:.85rem;color:var(--dim)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.tag{display:inline-block;white-space:nowrap;font-size:.85rem;font-weight:600}
.tag::before{content:"";display:inline-block;width:.6em;height:.6em;border-radius:50%;background:currentColor;
margin-right:.45em}
.s-failed,.error{color:var(--red)}.s-needs-human,.s-stale,.warning{color:var(--amber)}.s-planned{color:var(--blue)}
.s-applied,.s-committed,.s-pushed,.s-pull-request,.s-nothing-to-do{color:var(--green)}
.s-clean,.s-new{color:var(--grey)}
i.s-failed{background:var(--red)}i.s-needs-human,i.s-stale{background:var(--amber)}i.s-planned{background:var(--blue)}
i.s-applied,i.s-committed,i.s-pushed,i.s-pull-request,i.s-nothing-to-do{background:var(--green)}
i.s-clean,i.s-new{background:var(--grey)}
.find{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;position:sticky;top:0;background:var(--page);
padding:.6rem 0;z-index:1}
.find input,.find select{font:inherit;color:inherit;background:var(--soft);border:1px solid var(--line);
border-radius:8px;padding:.45rem .7rem}
.find input{flex:1 1 18rem}
#repositories{table-layout:fixed}#repositories td{overflow-wrap:anywhere}
#repositories tbody{content-visibility:auto;contain-intrinsic-size:auto 3000px}
details summary{cursor:pointer}details ul{margin:.4rem 0;padding-left:1.1rem}li{margin:.2rem 0}
[hidden]{display:none!important}
@media screen and (max-width:760px){body{padding:1rem}#repositories col:nth-child(1){width:38%!important}
#repositories col:nth-child(3){width:26%!important}#repositories col:nth-child(2),#repositories col:nth-child(4),
#repositories th:nth-child(2),#repositories td:nth-child(2),#repositories th:nth-child(4),
#repositories td:nth-child(4){display:none}}
@media print{:root{--page:#fff;--ink:#000;--soft:#fff;--dim:#444}body{max-width:none;padding:0;font-size:9pt}
.grid{gap:1rem 2rem;grid-template-columns:1fr 1fr}section{break-inside:avoid}
.find{display:none}tr,li{break-inside:avoid}thead{display:table-header-group}.bar,i,.tag{print-color-adjust:exact;
-webkit-print-color-adjust:exact}#repositories tbody{content-visibility:visible}a{color:inherit}}
"""

SCRIPT = """
const box=document.getElementById('search'),team=document.getElementById('team'),count=document.getElementById('count');
const rows=[...document.querySelectorAll('#repositories tr[data-s]')];
const buttons=[...document.querySelectorAll('.states button')];
const texts=rows.map(row=>row.textContent.toLowerCase());
let state='';
function show(){
  const words=box.value.toLowerCase().split(/\\s+/).filter(Boolean);let shown=0;
  rows.forEach((row,at)=>{
    const yes=(!state||row.dataset.s===state)&&(!team||!team.value||row.dataset.t===team.value)
      &&words.every(word=>texts[at].includes(word));
    row.hidden=!yes;shown+=yes;
  });
  document.querySelectorAll('#repositories tbody').forEach(body=>{
    body.hidden=![...body.rows].some(row=>!row.hidden)});
  count.textContent=shown.toLocaleString()+' of '+rows.length.toLocaleString();
}
buttons.forEach(button=>button.addEventListener('click',()=>{
  state=state===button.dataset.s?'':button.dataset.s;
  buttons.forEach(one=>one.setAttribute('aria-pressed',one.dataset.s===state));show();
}));
let wait;box.addEventListener('input',()=>{clearTimeout(wait);wait=setTimeout(show,120)});
if(team)team.addEventListener('change',show);
document.querySelector('.find').hidden=false;show();
"""
