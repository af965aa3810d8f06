"""The look of the HTML report, and the few lines that draw its figures."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body {
  margin: 0; color: #1c2127; background: #fff;
  font: 15px/1.55 system-ui, sans-serif; font-variant-numeric: tabular-nums;
}
.line, footer {
  margin: 0; padding: 6px 28px; color: #5c4300; background: #fdf6e0; font-size: 13px;
  text-align: center;
}
footer { margin-top: 40px; }
footer p { margin: 0; }
header, nav, main, noscript {
  display: block; max-width: 1416px; margin: 0 auto; padding: 0 28px;
}
header p { margin: 0; color: #5a636d; overflow-wrap: anywhere; }
h1 { margin: 26px 0 2px; font-size: 27px; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 0 0 12px; font-size: 20px; }
nav ul {
  display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 16px 0 0; padding: 0;
  list-style: none; font-size: 14px;
}
a { color: #005a8e; }
section { margin-top: 34px; padding-top: 20px; border-top: 1px solid #dbe0e5; }
.cxr-told { columns: 2 420px; column-gap: 40px; }
.cxr-told p { margin: 0 0 9px; break-inside: avoid; }
.cxr-headlines {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 12px;
  margin: 0 0 16px;
}
.cxr-headlines > div { padding: 10px 12px; border: 1px solid #dbe0e5; border-radius: 3px; }
.cxr-headlines dt { color: #5a636d; font-size: 13px; line-height: 1.35; }
.cxr-headlines dd { margin: 2px 0 0; font-size: 23px; font-weight: 600; line-height: 1.25; }
.cxr-headlines small { display: block; color: #5a636d; font-size: 12.5px; font-weight: 400; }
.cxr-headlines .cxr-alarm { border-left: 4px solid #b65a00; }
.cxr-headlines .cxr-words dd { font-size: 17px; line-height: 1.7; }
.cxr-alarms {
  margin: 0 0 14px; padding: 10px 14px 10px 32px; background: #fdf1e6;
  border-left: 4px solid #b65a00;
}
p.cxr-alarms { padding-left: 14px; }
.charts {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 560px), 1fr));
  gap: 22px 32px; margin-top: 14px; align-items: start;
}
.charts > :only-child { max-width: 940px; }
figure { margin: 0; min-width: 0; break-inside: avoid; }
figcaption { font-weight: 600; font-size: 14px; }
.plot { width: 100%; }
.cxr-scroll { margin-top: 16px; overflow-x: auto; }
table { border-collapse: collapse; font-size: 13.5px; }
caption { padding-bottom: 4px; font-weight: 600; text-align: left; }
th, td {
  padding: 4px 18px 4px 0; border-bottom: 1px solid #e6eaee; text-align: left;
  vertical-align: top; overflow-wrap: break-word;
}
td { min-width: 64px; }
.cxr-whole { white-space: nowrap; }
thead th { color: #5a636d; font-weight: 400; vertical-align: bottom; }
.cxr-number { text-align: right; }
.cxr-long { min-width: 170px; overflow-wrap: anywhere; }
tbody th { font-weight: 600; }
.note { padding: 8px 12px; background: #eef3f7; }
code { font-size: 13px; white-space: nowrap; }
@media print {
  body { font-size: 10.5pt; }
  header, main { max-width: none; padding: 0; }
  nav { display: none; }
  .charts { grid-template-columns: 1fr; }
  .cxr-told { columns: 1; }
  .cxr-scroll { overflow: visible; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
}
"""

DRAWING = """
const plots = [...document.querySelectorAll(".plot")];
for (const place of plots) {
  const figure = JSON.parse(place.nextElementSibling.textContent);
  figure.layout.autosize = true;
  const options = { displayModeBar: false, responsive: true };
  Plotly.newPlot(place, figure.data, figure.layout, options);
}
const fit = () => plots.forEach(place => Plotly.Plots.resize(place));
window.addEventListener("beforeprint", fit);
window.addEventListener("afterprint", fit);
"""
