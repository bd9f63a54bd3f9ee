"""What persons and sources can fill in, filled in with markup and SQL, on every page: it is shown as text and nothing runs."""

import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from playwright.sync_api import BrowserContext, Page, expect
from pypdf import PdfReader
from served import Web

from emmap.ui.desks import DESKS

HOSTILE = """<img src=x onerror=window.pwned=1>'; drop table feature_version; --{{7*7}}"""
LINK = "javascript:window.pwned=1"
ALERT = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>hostile-2</identifier>
<sender>{hostile}</sender><sent>2026-11-24T01:12:00+08:00</sent><status>Exercise</status>
<msgType>Alert</msgType><scope>Public</scope><info><language>zh-CN</language><category>Met</category>
<event>暴雨</event><urgency>Immediate</urgency><severity>Extreme</severity><certainty>Observed</certainty>
<expires>2036-05-22T07:12:00+08:00</expires><senderName>{hostile}</senderName><headline>{hostile}</headline>
<description>{hostile}</description><instruction>{hostile}</instruction><web>{link}</web><contact>{hostile}</contact>
<resource><resourceDesc>{hostile}</resourceDesc><mimeType>text/html</mimeType><uri>{link}</uri></resource>
<area><areaDesc>{hostile}</areaDesc><geocode><valueName>GB/T 2260</valueName><value>440118</value></geocode></area>
</info></alert>"""
TEXTS = (
    "informant",
    "place",
    "nature",
    "cause",
    "scope",
    "casualties",
    "losses",
    "trend",
    "leaders",
    "measures",
    "advice",
)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fill(web: Web) -> None:
    """Hostile text in every field."""
    client = web.client()

    def post(path: str, **sent: Any) -> Any:
        answer = client.post(path, **sent)
        assert answer.status_code in (200, 201), f"{path}: {answer.text}"
        return answer.json()

    cell = HOSTILE.replace('"', '""')
    row = f'id,name,lon,lat,severity,responsible_unit\n"{cell}","{cell}",113.6,23.2,红,"{cell}"\nb,"{cell}",x,,,\n'
    file = {"file": (f"{HOSTILE}.csv", row.encode())}
    assert post("/api/layers/risk_hotspots/imports", files=file)["added"] == 1
    assert post("/api/alerts", content=ALERT.format(hostile=escaped(HOSTILE), link=LINK).encode())[
        "feature_ids"
    ]
    facts = {"title": HOSTILE, "district": "440118", "lon": 113.6, "lat": 23.2} | dict.fromkeys(
        TEXTS, HOSTILE
    )
    who = {"name": HOSTILE[:80], "unit": HOSTILE, "phone": HOSTILE[:40]}
    alarm = post("/api/watch/alarms", json={"facts": facts, "source": "phone", "take": True, "caller": who})
    path = f"/api/watch/alarms/{alarm['id']}"
    alarm = post(f"{path}/acts", json={"act": "verify", "seen": alarm["number"], "note": HOSTILE})
    field = {"title": HOSTILE[:40], "text": HOSTILE}
    report = post(f"{path}/reports", json={"kind": "initial", "seen": alarm["number"], "fields": [field]})
    post("/api/watch/log", json={"body": HOSTILE, "place": HOSTILE})
    turn = {"begins": "2026-11-24T00:00:00Z", "ends": "2036-11-26T00:00:00Z", "duty": "officer"}
    post("/api/watch/rota", json=turn | {"name": HOSTILE[:80], "phone": HOSTILE[:40]})
    post("/api/tokens", json={"name": HOSTILE, "role": "viewer"})
    name = HOSTILE.replace("/", "")
    post("/api/accounts", json={"name": name, "role": "viewer"})
    briefing = post("/api/briefings", json={"title": HOSTILE, "view": {"realm": "exercise"}})
    # On paper it is text as well: what Typst would run is not run, and the page is set.
    for paper in (f"{path}/reports/{report['id']}.pdf", f"/api/briefings/{briefing['id']}.pdf"):
        pages = PdfReader(io.BytesIO(client.get(paper).content)).pages
        assert "droptable" in "".join("".join(page.extract_text() for page in pages).split()), paper
    kept = client.get("/api/layers/risk_hotspots/features").json()["features"]
    assert [one["properties"]["name"] for one in kept] == [HOSTILE]


TELLING = ("/watch", "/accounts", "/import")
"""Pages on which such a text must stand."""


def test_hostile_text_in_every_field_is_text_on_every_page(
    web: Web, open_page: Callable[..., Page], signed_in: Callable[..., BrowserContext]
) -> None:
    fill(web)
    context = signed_in("administrator", (1366, 768))
    feature = quote(json.dumps(["risk_hotspots", HOSTILE]), safe="")
    shown = {
        "/": "#page.started",
        f"/?layers=risk_hotspots,flood_warnings,general_alerts&feature={feature}": "#page.started",
        "/sign-in?next=" + quote(LINK): "form",
    } | {desk.path: "body.started" for desk in DESKS if desk.path != "/"}
    told = {}
    for path, ready in shown.items():
        page = open_page(f"{web.url}{path}", context)
        expect(page.locator(ready).first).to_be_attached()
        if path in TELLING:
            expect(page.locator("body")).to_contain_text("drop table")
        told[path] = (
            page.evaluate("window.pwned"),
            page.locator("img[src=x]").count(),
            page.locator("a[href^='javascript:' i]").count(),
        )
        page.close()
    assert told == dict.fromkeys(shown, (None, 0, 0))
