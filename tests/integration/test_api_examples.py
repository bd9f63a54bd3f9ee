"""The examples in the API's description are answers that the API really gives."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from served import Web

from emmap.ingest.sources import plan
from emmap.ingest.sources.config import SourceConfig
from emmap.ingest.sources.fetch import Fetcher
from emmap.ingest.sources.run import Means, run
from emmap.store.observations import Observation, add
from emmap.web.openapi import EXAMPLES
from tests.faulty_server import in_a_loop

HOTSPOTS = (
    "编号,隐患名称,行业,灾种,级别,发现时间,经度,纬度,状态,责任单位,责任人\n"
    "YL-0001,【演练】新塘镇仓库消防通道堵塞,仓储,火灾,红,2020-05-20 09:00,113.61,23.11,未整改,增城区消防救援大队,演练员甲\n"
    "YL-0002,【演练】派潭镇边坡裂缝,道路,地质灾害,橙,2020-05-21 10:00,113.75,23.48,未整改,,\n"
    "YL-0003,【演练】日期有误的一行,道路,地质灾害,橙,2020-13-41 10:00,113.75,23.48,未整改,,\n"
).encode()
ALERT = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>exercise-20200522-0112</identifier>
<sender>exercise@emmap.example</sender><sent>2020-05-22T01:12:00+08:00</sent><status>Exercise</status>
<msgType>Alert</msgType><scope>Public</scope><info><language>zh-CN</language><category>Met</category>
<event>暴雨</event><urgency>Immediate</urgency><severity>Extreme</severity><certainty>Observed</certainty>
<expires>2020-05-22T07:12:00+08:00</expires><headline>【演练】增城区暴雨红色预警信号</headline>
<area><areaDesc>增城区</areaDesc><geocode><valueName>GB/T 2260</valueName><value>440118</value></geocode></area>
</info></alert>""".encode()
RAIN = [
    Observation("rain_day_440100", morning, mm, morning + timedelta(minutes=35))
    for morning, mm in ((datetime(2020, 5, 21, tzinfo=UTC), 0.0), (datetime(2020, 5, 22, tzinfo=UTC), 101.0))
]
LAYER = "/api/layers/risk_hotspots"
AT = {"at": "2020-05-22T01:00:00Z"}
LONGEST = 2


def bring(web: Web, folder: Path) -> None:
    """A source brings twelve teams, then says that there is only one."""
    given = {
        "name": "teams",
        "title": "【演练】应急队伍台账",
        "reader": "table",
        "layer": "rescue_teams",
        "every": "1 h",
    }
    one = SourceConfig.model_validate(
        {**given, "folder": str(folder), "mode": "complete", "realm": "exercise"}
    )
    for count in (12, 1):
        rows = "".join(f"T{n},【演练】一队{n}\n" for n in range(count))
        file = folder / f"teams-{count}.csv"
        file.write_text(f"编号,队伍名称\n{rows}", encoding="utf-8")
        os.utime(file, (1e9, 1e9))
        plan.configure(web.database, [one], datetime.now(UTC))
        in_a_loop(run(one, Means(web.database, Fetcher())))


def answers(web: Web) -> dict[str, httpx.Response]:
    """What the API answers to one small exercise, by operation."""
    client = web.client("duty_officer")
    with web.database.engine("app", "exercise").begin() as conn:
        add(conn, RAIN)
    found = {
        "POST /api/layers/{layer}/imports": client.post(
            f"{LAYER}/imports", files={"file": ("yl.csv", HOTSPOTS)}
        ),
        "POST /api/alerts": client.post("/api/alerts", content=ALERT),
    }
    run_id = found["POST /api/layers/{layer}/imports"].json()["run_id"]
    since = client.get(LAYER).json()["stamp"]
    changed = HOTSPOTS.replace("未整改".encode(), "整改中".encode())
    client.post(f"{LAYER}/imports", files={"file": ("yl-2.csv", changed)})
    rows = client.get(f"{LAYER}/search", params={"q": "新塘"})
    row = rows.json()["rows"][0]
    view = {"realm": "exercise", "layers": "risk_hotspots", **AT}
    draft = {"template": "duty_brief", "view": view, "title": "【演练】昨夜雨情"}
    client.post("/api/briefings/drafts", json=draft)
    made = client.post("/api/briefings", json={"title": "【演练】隐患分布", "view": view}).json()
    briefing = f"/api/briefings/{made['id']}"
    day = {"from": "2020-05-21T00:00:00Z", "to": "2020-05-22T00:00:00Z", "step": "21600"}
    return found | {
        "GET /api/me": client.get("/api/me"),
        "GET /api/status": client.get("/api/status"),
        "GET /api/layers": client.get("/api/layers"),
        "GET /api/layers/{layer}": client.get(LAYER),
        "GET /api/layers/{layer}/features": client.get(f"{LAYER}/features", params=AT),
        "GET /api/layers/{layer}/features/{feature_id}": client.get(f"{LAYER}/features/YL-0001", params=AT),
        "GET /api/layers/{layer}/features/{feature_id}/history": client.get(
            f"{LAYER}/features/YL-0001/history"
        ),
        "GET /api/layers/{layer}/counts": client.get(
            f"{LAYER}/counts", params=AT | {"by": "district,severity"}
        ),
        "GET /api/layers/{layer}/timeline": client.get(f"{LAYER}/timeline", params=day),
        "GET /api/layers/{layer}/next": client.get(f"{LAYER}/next", params={"after": "2020-05-20T00:00:00Z"}),
        "GET /api/layers/{layer}/changes": client.get(f"{LAYER}/changes", params={"after": since}),
        "GET /api/layers/{layer}/rows": client.get(f"{LAYER}/rows", params={"row": row, "geometry": "1"}),
        "GET /api/layers/{layer}/search": rows,
        "GET /api/selection": client.get(
            "/api/selection", params=AT | {"area": "circle:113.62,23.12,5000", "layers": "risk_hotspots"}
        ),
        "GET /api/layers/{layer}/differences": client.get(
            f"{LAYER}/differences",
            params={"left": "at=2020-05-21T00:00:00Z", "right": "at=2020-05-22T00:00:00Z", "by": "district"},
        ),
        "GET /api/sources": client.get("/api/sources"),
        "GET /api/sources/{name}/runs": client.get("/api/sources/teams/runs"),
        "POST /api/sources/{name}/run": client.post("/api/sources/teams/run"),
        "GET /api/briefings/drafts": client.get("/api/briefings/drafts"),
        "GET /api/briefings/{briefing_id}/verification": client.get(f"{briefing}/verification"),
        "POST /api/briefings/{briefing_id}/shares": client.post(f"{briefing}/shares", json={"days": 3}),
        "GET /api/series": client.get("/api/series"),
        "GET /api/observations": client.get(
            "/api/observations",
            params={"series": "rain_day_440100", "from": "2020-05-21T08:00:00+08:00"},
        ),
        "GET /api/imports/{run_id}": client.get(f"/api/imports/{run_id}"),
    }


def cut(value: Any) -> Any:
    """The same with long lists cut."""
    if isinstance(value, dict):
        return {name: cut(one) for name, one in value.items()}
    return [cut(one) for one in value[:LONGEST]] if isinstance(value, list) else value


def shape(value: Any) -> Any:
    """Names and kinds, whatever the values."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    return type(value).__name__


def test_every_example_has_the_shape_of_the_live_answer(web: Web, tmp_path: Path) -> None:
    bring(web, tmp_path)
    live = answers(web)
    kept = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    assert set(kept) == set(live)
    for operation, answer in live.items():
        assert answer.status_code in (200, 201, 202), (operation, answer.text)
        assert kept[operation]["type"] == answer.headers["content-type"], operation
        assert shape(kept[operation]["answer"]) == shape(cut(answer.json())), operation


def test_the_description_shows_the_examples_and_every_filter(web: Web) -> None:
    client = web.client("viewer")
    schema = client.get("/api/openapi.json").json()
    told = schema["paths"]["/api/layers/{layer}/features"]["get"]
    shown = told["responses"]["200"]["content"]["application/geo+json"]["example"]
    assert shown["features"][0]["id"] == "YL-0001"
    names = {parameter["name"] for parameter in told["parameters"]}
    assert {"bbox", "at", "known_at", "hazard", "team_class", "limit", "after", "realm"} <= names


def test_the_page_of_the_api_needs_nothing_from_elsewhere(web: Web) -> None:
    answer = web.client("viewer").get("/docs")
    assert answer.status_code == 200
    assert "/api/layers/{layer}/features" in answer.text
    assert "<script" not in answer.text
    assert "//" not in answer.text.replace("http://", "").split("</style>")[0]
