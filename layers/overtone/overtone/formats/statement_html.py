"""A statement as one self-contained HTML page: no script, no request, every text escaped, made to be printed.

Titles carry `dir="auto"`, so Arabic and Hebrew read the right way beside figures; the fonts are the reader's own, which
covers every script that the reader's device does.
"""

from html import escape
from typing import Final

from overtone.formats import tongue
from overtone.formats.statement_layout import headlines, sections, title, who
from overtone.formats.statement_shapes import Section, aligned
from overtone.payout.statement import Statement

_BAR_STEP: Final = 24
_DIGIT: Final = "\u2007"
_POINT: Final = "\u2008"
"""Spaces as wide as a digit and as a point."""
_STYLE: Final = (
    "body{font:15px/1.45 system-ui,'Noto Sans','Noto Sans CJK SC','Noto Sans Arabic',sans-serif;margin:2rem auto;max-width:60rem;"
    "padding:0 1rem;color:#1b1b1b;background:#fff}h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .3rem;break-after:avoid}"
    ".who{margin:.3rem 0 1.2rem;color:#555}.sum{font-size:1.15rem;margin:.3rem 0;padding:.7rem 1rem;background:#f2f5f0;"
    "border-left:4px solid #3a7d44}"
    "p{margin:.2rem 0 .5rem}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
    "th,td{text-align:start;padding:.3rem .5rem;border-bottom:1px solid #ddd;vertical-align:top;overflow-wrap:break-word}"
    "th{font-weight:600;color:#555;font-size:.85rem}.n{text-align:end;white-space:nowrap}th.n{white-space:normal}tr.s td{font-weight:600}"
    ".i{font-size:.75em;color:#555;overflow-wrap:anywhere}"
    "thead{display:table-header-group}tr{break-inside:avoid}svg{display:block;max-width:30rem;margin:.4rem 0}"
    "main{overflow-x:auto}@media(max-width:32rem){body{font-size:13px;padding:0 .5rem}th,td{padding:.25rem}}"
    "@media print{body{margin:0;max-width:none;font-size:10pt}.sum{background:none}@page{margin:18mm}}"
)


def render(told: Statement) -> str:
    """The page."""
    name = escape(told.name)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title(told)}: {name}</title>'
    whose = escape(who(told)).replace(name, f"<bdi>{name}</bdi>", 1)
    parts = [f'<!doctype html><html lang="{tongue.of(told.language).language}"><head>{head}<style>{_STYLE}</style></head><body><main>']
    parts.append(f'<h1>{title(told)}</h1><p class="who">{whose}</p>')
    parts.extend(f'<p class="sum">{escape(line)}</p>' for line in headlines(told))
    for section in sections(told):
        _section(parts, section, tongue.of(told.language).point)
    parts.append("</main></body></html>\n")
    return "".join(parts)


def _section(parts: list[str], section: Section, mark: str) -> None:
    parts.append(f"<section><h2>{escape(section.heading)}</h2>")
    if section.note:
        parts.append(f"<p>{escape(section.note)}</p>")
    if section.bars:
        _bars(parts, section)
    if section.columns:
        opened = ['<td class="n">' if c.numeric else '<td class="i">' if c.ids else '<td dir="auto">' for c in section.columns]
        heads = "".join(f"{'<th class=n>' if c.numeric else '<th>'}{escape(c.label)}</th>" for c in section.columns)
        parts.append(f"<table><thead><tr>{heads}</tr></thead><tbody>")
        for cells, strong in aligned(section.rows, section.columns, _DIGIT, _POINT, mark):
            row = "</td>".join([tag + (escape(cell) if cell else "") for tag, cell in zip(opened, cells, strict=True)])
            parts.append(f'<tr class="s">{row}</td></tr>' if strong else f"<tr>{row}</td></tr>")
        parts.append("</tbody></table>")
    parts.append("</section>")


def _bars(parts: list[str], section: Section) -> None:
    """Parts of the whole as bars; the table below has their figures."""
    height = len(section.bars) * _BAR_STEP
    parts.append(f'<svg role="img" aria-label="{escape(section.heading, quote=True)}" viewBox="0 0 1000 {height}">')
    for number, (label, thousandths) in enumerate(section.bars):
        place = f'y="{number * _BAR_STEP}" width="{max(2, thousandths)}" height="{_BAR_STEP - 6}"'
        parts.append(f'<rect x="0" {place} fill="#3a7d44"><title>{escape(label)}</title></rect>')
    parts.append("</svg>")
