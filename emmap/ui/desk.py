"""The frame of a desk: a page that the server writes, and one browser module fills."""

import json
from collections.abc import Collection, Mapping
from html import escape
from typing import Any, Literal

from dash import html

from emmap.ui import header
from emmap.ui.desks import DESKS, Desk
from emmap.ui.markup import Markup, html_of
from emmap.ui.words import WORDS, both, table, word

Lang = Literal["zh", "en"]

_PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title data-zh="{title_zh}" data-en="{title_en}">{title}</title>
<link rel="icon" href="/static/page/icon.svg" type="image/svg+xml">
<script src="/static/desks/theme.js"></script>
<link rel="stylesheet" href="/static/desks/desk.css">
{own}
</head>
<body data-facts="{facts}">
<div class="page">
{header}
<main id="desk" class="desk {name}">{main}</main>
</div>
{watermark}
</body>
</html>
"""

_OWN = """<link rel="stylesheet" href="/static/desks/{name}/style.css">
<script type="module" src="/static/desks/{name}/start.js"></script>"""


def render(
    desk: Desk,
    *,
    realm: str,
    name: str,
    role: str,
    permissions: Collection[str],
    lang: Lang = "zh",
    facts: Mapping[str, Any] | None = None,
    main: Markup = None,
) -> str:
    """A desk as HTML: the header, an empty `<main>` (or what `main` holds) and, in `data-facts`, what its module needs
    besides the routes: its words, who is signed in, the realm, and `facts`. Who lacks the desk's permission reads why,
    and gets no module.
    """
    allowed = desk.permission in permissions
    given = {
        "words": table("shell", *([desk.name, *desk.also] if allowed else [])),
        "me": {"name": name, "role": role, "permissions": sorted(permissions)},
        "realm": realm,
        "desk": desk.name,
        **(facts or {}),
    }
    titles = [
        word("desk_title", one, desk=word(f"desk_{desk.name}", one), title=WORDS["title"][place])
        for place, one in enumerate(("zh", "en"))
    ]
    return _PAGE.format(
        lang="en" if lang == "en" else "zh-CN",
        name=desk.name,
        title=escape(titles[lang == "en"]),
        title_zh=escape(titles[0], quote=True),
        title_en=escape(titles[1], quote=True),
        own=_OWN.format(name=desk.name) if allowed else _REFUSED,
        facts=escape(json.dumps(given, ensure_ascii=False), quote=True),
        header=html_of(_header(desk, permissions)),
        main=html_of(main if allowed else _refusal(desk, role)),
        watermark="" if realm == "real" else _WATERMARK,
    )


_WATERMARK = '<div class="watermark" aria-hidden="true"></div>'
"""On every page of a realm that is not real."""

_REFUSED = '<script type="module" src="/static/desks/refused.js"></script>'


def _header(desk: Desk, permissions: Collection[str]) -> list[Any]:
    usable = tuple(
        one for one in DESKS if (one.in_navigation and one.permission in permissions) or one == desk
    )
    return [
        html.Header(
            [
                header.brand(),
                header.navigation(desk.name, usable),
                header.now(),
                header.live(),
                html.Div(className="spring"),
                header.realm(),
                *header.actions(),
            ],
            className="header",
        ),
        header.down_bar(),
        header.notes(),
    ]


def _refusal(desk: Desk, role: str) -> html.P:
    chinese, english = (
        word("desk_forbidden", lang, role=word(f"role_{role}", lang), desk=word(f"desk_{desk.name}", lang))
        for lang in ("zh", "en")
    )
    return html.P(chinese, className="empty", **both(chinese, english))
