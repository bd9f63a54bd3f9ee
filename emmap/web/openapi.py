"""The API's description: what FastAPI reads off the routes, with the View's parameters and answers as they really are.

Served at /api/openapi.json and, as a plain page without any script, at /docs.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse

from emmap.layer import Layer
from emmap.permissions import needs

EXAMPLES = Path(__file__).with_name("examples.json")
"""Answers as they came from a running server, long lists cut; a test holds them against the live ones."""

VIEW_ROUTES = (
    "/features",
    "/features/{feature_id}",
    "/counts",
    "/timeline",
    "/next",
    "/api/selection",
    "/api/selection.xlsx",
)
"""Routes that take a View: those of a layer by what follows it."""
VIEW: Mapping[str, tuple[str, str]] = {
    "bbox": ("西,南,东,北(度,WGS 84)/ west,south,east,north in degrees", "113.2,23.0,113.7,23.4"),
    "area": (
        "区域(度,米)/ box:w,s,e,n, circle:lon,lat,metres, polygon:lon,lat,…, district:code",
        "circle:113.32,23.12,5000",
    ),
    "at": ("画面时间 T,默认现在 / T, default now", "2020-05-22T02:00:00+08:00"),
    "known_at": ("截至何时所知 K,默认现在;at = 当时掌握 / K, default now; at: what was known at T", "at"),
    "hazard": ("灾种代码,可多个 / hazard codes, may repeat", "11B03"),
    "severity": ("级别 0–4,如 3..4 / levels 0 to 4", "3..4"),
    "status": ("状态代码 / status codes of the layer", "open"),
    "district": ("区的 GB/T 2260 代码 / district codes", "440118"),
    "q": ("文字检索 / text search", "新塘"),
}
"""A View's parameters: what they mean, and a value."""
LAYERS: Mapping[str, tuple[str, str]] = {
    "layers": ("图层,逗号分隔,默认全部 / layers separated by commas, default all", "")
}

router = APIRouter(include_in_schema=False)


@lru_cache(maxsize=1)
def examples() -> dict[str, Any]:
    """`METHOD /path` to an answer."""
    found: dict[str, Any] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return found


def describe(app: FastAPI, layers: Mapping[str, Layer]) -> None:
    """Has the app describe itself; the description is made when it is first asked for."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(
                get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes),
                layers,
            )
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _completed(schema: dict[str, Any], layers: Mapping[str, Layer]) -> dict[str, Any]:
    schema["components"].setdefault("securitySchemes", {})["token"] = {"type": "http", "scheme": "bearer"}
    schema["security"] = [{"token": []}]
    declared = {
        name: field.info
        for layer in layers.values()
        for name, field in layer.fields.items()
        if field.info.asked
    }
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            if path.removeprefix("/api/layers/{layer}") in VIEW_ROUTES:
                known = {parameter["name"] for parameter in operation.get("parameters", [])}
                wanted = {
                    **({} if "{layer}" in path else LAYERS),
                    **VIEW,
                    **{n: (f"{i.zh} / {i.en}", "") for n, i in declared.items() if n not in VIEW},
                }
                operation.setdefault("parameters", []).extend(
                    _parameter(name, *told) for name, told in wanted.items() if name not in known
                )
            for status, answer in operation["responses"].items():
                if status.startswith("4"):
                    answer["content"] = {"application/problem+json": {"schema": {"type": "object"}}}
            example = examples().get(f"{method.upper()} {path}")
            if example is not None:
                status = next(status for status in operation["responses"] if status.startswith("2"))
                operation["responses"][status]["content"] = {
                    example["type"]: {"schema": {}, "example": example["answer"]}
                }
    return schema


def _parameter(name: str, description: str, example: str) -> dict[str, Any]:
    found = {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": {"type": "string"},
    }
    return {**found, "example": example} if example else found


@router.get("/docs")
@needs("read")
def page(request: Request) -> HTMLResponse:
    """The description as a plain page: no script, nothing from elsewhere."""
    schema = request.app.openapi()
    parts = [
        _operation(method.upper(), path, operation)
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    ]
    return HTMLResponse(_PAGE.format(version=escape(schema["info"]["version"]), parts="".join(parts)))


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(p['name'])}</code></td><td>{p['in']}</td>"
        f"<td>{escape(p.get('description', ''))}</td><td>{escape(str(p.get('example', '')))}</td></tr>"
        for p in operation.get("parameters", [])
    )
    shown = "".join(
        f"<details><summary>{escape(status)} {escape(media)}</summary>"
        f"<pre>{escape(json.dumps(content['example'], ensure_ascii=False, indent=1))}</pre></details>"
        for status, answer in operation["responses"].items()
        for media, content in answer.get("content", {}).items()
        if "example" in content
    )
    return (
        f"<section><h2><b>{method}</b> {escape(path)}</h2><p>{escape(operation.get('description', ''))}</p>"
        f"{f'<table>{rows}</table>' if rows else ''}{shown}</section>"
    )


_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>接口说明 · 应急一张图</title>
<style>
body {{ font: 14px/1.6 "Noto Sans CJK SC", system-ui, sans-serif; color: #14202e; background: #f4f6f9; margin: 0 auto;
  max-width: 1000px; padding: 24px; }}
section {{ background: #fff; border: 1px solid #dde3ea; border-radius: 6px; padding: 8px 16px; margin: 12px 0; }}
h2 {{ font-size: 16px; }} h2 b {{ color: #0b5cad; }}
table {{ border-collapse: collapse; }} td {{ padding: 2px 12px 2px 0; vertical-align: top; }}
pre {{ overflow: auto; background: #f4f6f9; padding: 8px; }} summary {{ min-height: 24px; cursor: pointer; }}
</style></head><body>
<h1>接口说明 <small>emmap {version}</small></h1>
<p>每个请求都要带登录会话或 <code>Authorization: Bearer 令牌</code>。
机读格式:<a href="/api/openapi.json">/api/openapi.json</a>。<br>
Every request needs a session or a token. For machines: the link above.</p>
{parts}
</body></html>
"""
