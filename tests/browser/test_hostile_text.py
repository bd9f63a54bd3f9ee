"""Text from outside (names, headlines, file names) stays text in the rendered page, and in the store."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from served import Web

HOSTILE = """<img src=x onerror="document.body.dataset.taken=1">'; drop table version; --"""
ALERT = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>hostile-1</identifier>
<sender>exercise@emmap.example</sender><sent>2026-11-24T01:12:00+08:00</sent><status>Exercise</status>
<msgType>Alert</msgType><scope>Public</scope><info><language>zh-CN</language><category>Met</category>
<event>暴雨</event><urgency>Immediate</urgency><severity>Extreme</severity><certainty>Observed</certainty>
<expires>2036-05-22T07:12:00+08:00</expires><headline>{hostile}</headline>
<area><areaDesc>{hostile}</areaDesc><geocode><valueName>GB/T 2260</valueName><value>440118</value></geocode></area>
</info></alert>"""


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_names_headlines_and_file_names_stay_text(web: Web, open_map: Callable[..., Page]) -> None:
    client = web.client()
    cell = HOSTILE.replace('"', '""')
    row = f'id,name,lon,lat,severity,responsible_unit\nh1,"{cell}",113.6,23.2,红,"{cell}"\n'
    file = {"file": (f"{HOSTILE}.csv", row.encode())}
    done = client.post("/api/layers/risk_hotspots/imports", files=file).json()
    assert done["added"] == 1, done
    sent = client.post("/api/alerts", content=ALERT.format(hostile=escaped(HOSTILE)).encode())
    assert sent.status_code == 201, sent.text
    page = open_map("?layers=risk_hotspots,flood_warnings")
    page.get_by_role("tab", name=re.compile("视野内")).click()
    names = page.locator("#in_view-list [role=option] .name")
    expect(names.filter(has_text="<img src=x").first).to_be_visible()
    for number in range(names.count()):
        names.nth(number).click()
        title = page.locator("#details-body article h3")
        expect(title).to_contain_text(HOSTILE)
        page.keyboard.press("Escape")
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("document.body.dataset.taken") is None
    assert client.get("/api/layers/risk_hotspots/features").json()["numberMatched"] == 1
