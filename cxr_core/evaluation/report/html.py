"""The report as one HTML file: no network, readable without JavaScript, fit for print.

Plotly's own script is inlined once; a policy in the head forbids the page to load anything.
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

from cxr_core.evaluation.figures.look import LIGHT
from cxr_core.evaluation.report.style import DRAWING, STYLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.evaluation.report.parts import Chart, Headline, Section, Table

RESEARCH_LINE = (
    "Research use only. Not a medical device: no diagnosis, treatment or rule-out may rest on "
    "it."
)
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
)


def write_html(title: str, subtitle: str, sections: Sequence[Section]) -> str:
    """Compose the page; every name in it is escaped."""
    from plotly.offline import get_plotlyjs

    links = "".join(
        f'<li><a href="#{escape(each.key)}">{escape(each.title)}</a></li>' for each in sections
    )
    body = "".join(_section(each) for each in sections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<p class="line">{RESEARCH_LINE}</p>
<header><h1>{escape(title)}</h1><p>{escape(subtitle)}</p></header>
<nav aria-label="Sections"><ul>{links}</ul></nav>
<noscript><p class="note">Figures are drawn by JavaScript, which is off. Every number of theirs
stands in the tables.</p></noscript>
<main>{body}</main>
<footer><p>{RESEARCH_LINE}</p></footer>
<script>{get_plotlyjs()}</script>
<script>{DRAWING}</script>
</body>
</html>
"""


def _section(section: Section) -> str:
    headlines = "".join(_headline(each) for each in section.headlines)
    told = "".join(f"<p>{_marked(each)}</p>" for each in section.sentences)
    alarms = "".join(f"<li>{_marked(each)}</li>" for each in section.alarms)
    charts = "".join(_chart(each) for each in section.charts)
    return (
        f'<section id="{escape(section.key)}"><h2>{escape(section.title)}</h2>'
        + (f'<dl class="headlines">{headlines}</dl>' if headlines else "")
        + (f'<ul class="alarms">{alarms}</ul>' if alarms else "")
        + f'<div class="told">{told}</div>'
        + (f'<div class="charts">{charts}</div>' if charts else "")
        + "".join(_table(each) for each in section.tables)
        + "</section>"
    )


def _headline(headline: Headline) -> str:
    kind = ' class="alarm"' if headline.is_alarm else ""
    return (
        f"<div{kind}><dt>{escape(headline.label)}</dt><dd>{escape(headline.value)}"
        f"<small>{escape(headline.beside)}</small></dd></div>"
    )


def _chart(chart: Chart) -> str:
    figure = chart.draw(LIGHT).to_json()
    json.loads(figure)  # a figure that is no JSON would break the page in the reader's hands
    parcel = figure.replace("<", "\\u003c").replace("&", "\\u0026")
    height = json.loads(figure)["layout"]["height"]
    return (
        f'<figure><figcaption>{escape(chart.title)}</figcaption><div class="plot" role="img" '
        f'aria-label="{escape(chart.alt)}" style="height:{int(height)}px"></div>'
        f'<script type="application/json">{parcel}</script></figure>'
    )


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.head)
    rows = "".join(
        f'<tr><th scope="row">{escape(line[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in line[1:])
        + "</tr>"
        for line in table.rows
    )
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{escape(table.caption)}">'
        f"<table><caption>{escape(table.caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _marked(sentence: str) -> str:
    """Escape a sentence; what stands between backticks is code."""
    words = escape(sentence).split("`")
    if len(words) % 2 == 0:
        return "`".join(words)
    return "".join(
        f"<code>{word}</code>" if place % 2 else word for place, word in enumerate(words)
    )
