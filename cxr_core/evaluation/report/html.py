"""The report as one HTML file: no network, readable without JavaScript, fit for print.

Plotly's own script is inlined once; a policy in the head forbids the page to load anything.
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

from cxr_core.evaluation.figures.look import LIGHT
from cxr_core.evaluation.report.markup import (
    alarms_html,
    headlines_html,
    table_html,
    told_html,
)
from cxr_core.evaluation.report.style import DRAWING, STYLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.evaluation.report.parts import Chart, Section

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
    charts = "".join(_chart(each) for each in section.charts)
    return (
        f'<section id="{escape(section.key)}"><h2>{escape(section.title)}</h2>'
        + (headlines_html(section.headlines) if section.headlines else "")
        + (alarms_html(section.alarms) if section.alarms else "")
        + (told_html(section.sentences) if section.sentences else "")
        + (f'<div class="charts">{charts}</div>' if charts else "")
        + "".join(table_html(each) for each in section.tables)
        + "</section>"
    )


def _chart(chart: Chart) -> str:
    figure = chart.figure(LIGHT).to_json()
    height = json.loads(figure)["layout"]["height"]
    parcel = figure.replace("<", "\\u003c").replace("&", "\\u0026")
    return (
        f'<figure><figcaption>{escape(chart.title)}</figcaption><div class="plot" role="img" '
        f'aria-label="{escape(chart.alt)}" style="height:{int(height)}px"></div>'
        f'<script type="application/json">{parcel}</script></figure>'
    )
