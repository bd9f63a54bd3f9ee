"""One tree of errors. Each knows its HTTP status and speaks Chinese and English.

An error's message is a sentence for the person who meets it: what, where, and what to do.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class EmmapError(Exception):
    """Root of every error that a user may meet."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "内部错误 / internal error"

    def __init__(self, zh: str, en: str, code: str = "", more: Mapping[str, Any] | None = None) -> None:
        """`more`: what a program needs besides the sentence, as JSON; it stands in the problem document."""
        super().__init__(f"{zh} {en}")
        self.zh = zh
        self.en = en
        self.code = code or type(self).__name__
        self.more = dict(more or {})


class Malformed(EmmapError):
    """A request, parameter or file that cannot be understood."""

    status = 422
    title = "请求有误 / malformed request"


class Unreadable(EmmapError):
    """A file that cannot be read at all; nothing of it was stored."""

    status = 400
    title = "文件无法读取 / unreadable file"


class TooLarge(EmmapError):
    """A file or an answer over its limit."""

    status = 413
    title = "内容过大 / too large"


class NotFound(EmmapError):
    """A layer, feature, realm or briefing that does not exist."""

    status = 404
    title = "没有找到 / not found"


class Gone(EmmapError):
    """Something that was here and is kept no longer."""

    status = 410
    title = "已不再保留 / no longer kept"


class NotSignedIn(EmmapError):
    """No session and no token, or one that has ended."""

    status = 401
    title = "未登录 / not signed in"


class Forbidden(EmmapError):
    """Signed in, but the role may not do this."""

    status = 403
    title = "没有权限 / forbidden"


class TooManyTries(EmmapError):
    """So much is being tried at once that this one was not looked at."""

    status = 429
    title = "尝试过多 / too many tries"


class Conflict(EmmapError):
    """The act contradicts what is there."""

    status = 409
    title = "冲突 / conflict"


class StoreUnavailable(EmmapError):
    """The database does not answer, or lacks what emmap needs."""

    status = 503
    title = "数据库不可用 / store unavailable"


class SourceUnavailable(EmmapError):
    """A server that emmap asks for something does not give it."""

    status = 502
    title = "外部服务不可用 / source unavailable"


class SetupError(EmmapError):
    """A step of the set-up cannot work on this machine."""

    status = 503
    title = "无法启动 / cannot start"
