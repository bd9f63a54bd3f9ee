"""Errors as RFC 9457 problem JSON, in both languages, never with a trace."""

from typing import Any

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from starlette.exceptions import HTTPException

from emmap.errors import EmmapError, Forbidden, Malformed, StoreUnavailable
from emmap.permissions import limited_to, outside
from emmap.store.database import refused_districts
from emmap.web import paths

log = structlog.get_logger()

_TITLES = {
    404: "没有找到 / not found",
    405: "方法不可用 / method not allowed",
    413: "内容过大 / too large",
    422: "请求有误 / malformed request",
    500: "内部错误 / internal error",
}


def problem(status: int, title: str, detail: str, instance: str, **more: Any) -> JSONResponse:
    """A problem document."""
    return JSONResponse(
        {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": detail,
            "instance": instance,
            **more,
        },
        status_code=status,
        media_type="application/problem+json",
    )


def answer_to(error: EmmapError, instance: str) -> JSONResponse:
    """The problem document of an error of ours."""
    return problem(
        error.status,
        error.title,
        f"{error.zh} {error.en}",
        instance,
        code=error.code,
        zh=error.zh,
        en=error.en,
        **error.more,
    )


def install(app: FastAPI) -> None:
    """Has the app answer every error as a problem."""

    @app.exception_handler(EmmapError)
    async def ours(request: Request, error: EmmapError) -> Response:
        return answer_to(error, request.url.path)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        told = "; ".join(f"{'.'.join(str(p) for p in e['loc'][1:])}: {e['msg']}" for e in error.errors()[:5])
        return problem(
            422, _TITLES[422], f"请求内容有误 / the request is malformed: {told}", request.url.path
        )

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        title = _TITLES.get(error.status_code, "错误 / error")
        answer = problem(error.status_code, title, str(error.detail), request.url.path)
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(OperationalError)
    async def database(request: Request, error: OperationalError) -> Response:
        return answer_to(no_database(), request.url.path)

    @app.exception_handler(DataError)
    async def impossible(request: Request, error: DataError) -> Response:
        return answer_to(
            Malformed(
                "请求里有数据库不能接受的值(如空字符 NUL 或过大的数)。",
                "The request holds a value that the store cannot take (a NUL character, a number too large).",
            ),
            request.url.path,
        )

    @app.exception_handler(psycopg.Error)  # of a COPY, which SQLAlchemy does not see
    @app.exception_handler(DBAPIError)
    async def interrupted(request: Request, error: DBAPIError | psycopg.Error) -> Response:
        if isinstance(error, psycopg.OperationalError) or getattr(error, "connection_invalidated", False):
            return answer_to(no_database(), request.url.path)
        touched, own = refused_districts(error), limited_to.get()
        if touched is not None and own is not None:
            refusal = Forbidden(*outside(own, touched), code="other_district")
            return answer_to(refusal, request.url.path)
        return unexpected(paths.told(request.url.path), error)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> Response:
        return unexpected(paths.told(request.url.path), error)


def no_database() -> StoreUnavailable:
    """What is said while the database does not answer."""
    return StoreUnavailable(
        "数据库暂时没有应答,正在恢复;请稍后重试。",
        "The database does not answer just now; try again shortly.",
    )


def unexpected(path: str, error: Exception) -> Response:
    """What is said of an error that nobody foresaw; the log tells the rest."""
    log.error("unexpected error", path=path, error=repr(error), exc_info=error)
    return problem(
        500,
        _TITLES[500],
        "服务器出错,已记入日志;请重试,若再次出现请告知管理员。 The server failed and logged why; try again, and tell an "
        "administrator if it happens again.",
        path,
    )
