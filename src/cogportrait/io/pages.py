"""Pages of reports: one HTML file that loads nothing and can be read without scripts."""

from collections.abc import Iterable
from html import escape
from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--bg:#fbfbfa;--fg:#1d2126;--dim:#626a73;--line:#d9dce0;--card:#fff;
--good:#1a7f4b;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--bg:#15181c;--fg:#e4e7ea;--dim:#9aa3ad;--line:#333a42;
--card:#1c2025;--good:#5fc48f;--bad:#ff8a80}}
body{margin:0;background:var(--bg);color:var(--fg);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1180px;margin:0 auto;padding:28px 20px 80px;overflow-wrap:anywhere}
h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:40px 0 8px}
h3{font-size:16px;margin:26px 0 6px}
p,li{max-width:78ch}p.dim,.dim{color:var(--dim)}
figure{margin:14px 0;padding:12px;background:var(--card);border:1px solid var(--line);
border-radius:10px;overflow-x:auto}figure svg{display:block;width:100%;height:auto;min-width:640px}
figcaption{color:var(--dim);font-size:13px;margin-top:6px;max-width:90ch}
nav{display:flex;flex-wrap:wrap;gap:6px 14px;margin:10px 0}a{color:inherit}
.table{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px;
font-variant-numeric:tabular-nums}
th,td{padding:4px 9px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th{font-weight:600;color:var(--dim)}th:first-child,td:first-child,td.text,th.text{text-align:left}
td.bad{color:var(--bad);font-weight:700}td.good{color:var(--good)}
.cards{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0}
.cards div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 16px}
.cards b{display:block;font-size:22px}
"""


def page_of(title: str, body: Iterable[str], *, style: str = "", generator: str = "") -> str:
    """Return the page.

    Parameters
    ----------
    title
        Of the window; escaped here.
    body
        Parts in order, as HTML.
    style
        Rules beside ``STYLE``.
    generator
        What has made the page, if it is to say so where nobody sees it.
    """
    made = f'<meta name="generator" content="{escape(generator)}">' if generator else ""
    parts = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">' + made,
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}{style}</style></head><body><main>",
        *body,
        "</main></body></html>\n",
    )
    return "\n".join(parts)


def cards(told: Iterable[tuple[str, str]]) -> str:
    """Return figures in large print, each with what it is."""
    inner = "".join(f"<div><b>{escape(a)}</b>{escape(b)}</div>" for a, b in told)
    return f'<div class="cards">{inner}</div>'


def framed(picture: str, caption: str = "") -> str:
    """Return an SVG or an image in a frame, with a line under it."""
    text = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure>{picture}{text}</figure>"
