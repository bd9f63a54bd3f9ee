"""The operator's file of sources (TOML): typed, and each mistake in it told in one sentence."""

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from emmap.errors import EmmapError, SetupError
from emmap.ingest.datums import datum_of
from emmap.ingest.readers import names as services
from emmap.ingest.sources.addresses import allowed
from emmap.ingest.sources.credentials import misnamed, names_in
from emmap.layer import Layer
from emmap.settings import get_settings
from emmap.store.database import REALM
from emmap.store.inlets import INLETS

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|秒|min|分钟?|h|小时|d|天)")
_UNITS = {"s": 1, "秒": 1, "min": 60, "分": 60, "分钟": 60, "h": 3600, "小时": 3600, "d": 86400, "天": 86400}
_SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization", "x-api-key", "api-key", "x-auth-token"}
_SECRET_PARAMETERS = {
    "key",
    "api_key",
    "apikey",
    "token",
    "access_token",
    "appid",
    "appkey",
    "secret",
    "password",
}
MESSAGES = ("cap", "warnings")
"""Readers whose content is messages: each goes to the layer that claims it."""
FILES = ("table", "gis", "firms", "gauges")
SHORTEST_EVERY = timedelta(seconds=5)
SHORTEST_LATE = timedelta(minutes=1)
"""Pages ask how things stand every half minute."""
LONGEST = timedelta(days=31)


class Mistake(ValueError):
    """One mistake in the file."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} {en}")
        self.zh = zh
        self.en = en


def _duration(value: object) -> timedelta:
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    found = timedelta(seconds=float(match[1]) * _UNITS[match[2]]) if match else None
    if found is None or not timedelta(0) < found <= LONGEST:
        raise Mistake(
            f'「{value}」不是时长；应写成 "30 s"、"5 min"、"2 h" 或 "1 d"，最长 31 天。',
            f'“{value}” is no duration: write "30 s", "5 min", "2 h" or "1 d", at most 31 days.',
        )
    return found


def _datum(value: object) -> str:
    try:
        return datum_of(str(value))
    except EmmapError as error:
        raise Mistake(error.zh, error.en) from None


def _reader(value: object) -> str:
    if value not in (known := (*MESSAGES, *FILES, *services())):
        raise Mistake(
            f"没有读取器「{value}」；可用 {'、'.join(known)}。",
            f"There is no reader “{value}”: use {', '.join(known)}.",
        )
    return str(value)


Duration = Annotated[timedelta, BeforeValidator(_duration)]


class SourceConfig(BaseModel):
    """One source, as configured. Texts may name credentials (`{env:EMMAP_SECRET_…}`); they are never filled in here."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    title: str = ""
    reader: Annotated[str, BeforeValidator(_reader)]
    layer: str = ""
    realm: str = ""
    url: str = ""
    folder: str = ""
    imap: str = ""
    database: str = ""
    every: Duration
    late_after: Duration | None = None
    timeout: Duration = timedelta(seconds=30)
    retry: Duration = timedelta(seconds=30)
    size_mb: Annotated[int, Field(gt=0)] = 20
    hosts: tuple[str, ...] = ()
    private_hosts: tuple[str, ...] = ()
    headers: Mapping[str, str] = {}
    user: str = ""
    password: str = ""
    follow: bool = False
    senders: tuple[str, ...] = ()
    mode: Literal["partial", "complete"] = "partial"
    datum: Annotated[str, BeforeValidator(_datum)] = "wgs84"
    mapping: Mapping[str, str] = {}
    interval: Duration | None = None
    overlap: Duration = timedelta(hours=6)
    shrink: Annotated[float, Field(gt=0, le=1)] = 0.5

    @property
    def place(self) -> str:
        """Where it comes from, credentials only named."""
        return self.url or self.folder or self.imap or self.database

    @property
    def kind(self) -> Literal["url", "folder", "imap", "database"]:
        """Which of the four."""
        return "url" if self.url else "folder" if self.folder else "imap" if self.imap else "database"

    @property
    def messages(self) -> bool:
        """Whether it brings messages, each for the layer that claims it."""
        return self.reader in MESSAGES

    @property
    def expected(self) -> timedelta:
        """Silent for longer than this, it is late: two missed runs and the time that one may take."""
        return self.late_after or max(SHORTEST_LATE, 2 * self.every + self.timeout)

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text that may name a credential."""
        return (self.url, self.user, self.password, self.database, *self.headers.values())

    @property
    def settings_hash(self) -> bytes:
        """What decides where it comes from and how it is read; another one, and nothing counts as known."""
        told = self.model_dump_json(include={*_DECIDING})
        return hashlib.sha256(told.encode()).digest()


_DECIDING = (
    "reader", "layer", "url", "folder", "imap", "database", "follow", "senders", "mode", "datum", "mapping",
)  # fmt: skip


def _disagreements(one: SourceConfig) -> Iterable[tuple[str, str]]:
    """What does not fit together within one source."""
    if not NAME.fullmatch(one.name):
        yield (
            f"来源名「{one.name}」无效：用小写字母、数字、- 和 _，最多 40 个字符。",
            f"“{one.name}” is no name: lower-case letters, digits, - and _, at most 40.",
        )
    if one.name in INLETS:
        yield (
            f"来源名「{one.name}」已用于{INLETS[one.name][0]}；请换一个。",
            f"“{one.name}” is the name of what comes by another way ({INLETS[one.name][1].lower()}): take another one.",
        )
    if one.realm and not REALM.fullmatch(one.realm):
        yield f"realm「{one.realm}」不是库名。", f"realm: “{one.realm}” is no name of a realm."
    if sum(map(bool, (one.url, one.folder, one.imap, one.database))) != 1:
        yield (
            "url、folder、imap、database 四者应写且只写一个。",
            "Give exactly one of url, folder, imap and database.",
        )
    if one.every < SHORTEST_EVERY:
        yield "every 最短 5 s。", "every is at least 5 s."
    if one.expected < SHORTEST_LATE:
        yield "late_after 最短 1 min。", "late_after is at least 1 min."
    if one.size_mb > get_settings().max_upload_mb:
        yield (
            f"size_mb 超过 EMMAP_MAX_UPLOAD_MB（{get_settings().max_upload_mb}）。",
            f"size_mb is over EMMAP_MAX_UPLOAD_MB ({get_settings().max_upload_mb}).",
        )
    if not one.messages and not one.layer:
        yield f'reader = "{one.reader}" 要写 layer。', f'reader = "{one.reader}" needs a layer.'
    if one.reader not in ("table", "gis") and one.mode == "complete":
        yield (
            'mode = "complete" 只用于 table 和 gis：别的来源从不列出全部要素。',
            'mode = "complete" is for table and gis only: no other source lists every feature.',
        )
    if one.url:
        yield from _about_url(one)
    if one.imap:
        yield from _about_imap(one)
    if one.database:
        yield from _about_database(one)
    if one.interval is not None and one.reader != "gauges":
        yield 'interval 只用于 reader = "gauges"。', 'interval is for reader = "gauges" only.'
    if one.folder and not Path(one.folder).is_absolute():
        yield f"folder「{one.folder}」应为绝对路径。", f"folder “{one.folder}” must be an absolute path."
    for text in one.texts:
        for name in misnamed(text):
            yield (
                f"{{env:{name[:60]}}} 不能用：口令只能来自 EMMAP_SECRET_ 开头的环境变量。",
                f"{{env:{name[:60]}}} cannot be used: credentials come only from variables named EMMAP_SECRET_….",
            )
    for name, value in one.headers.items():
        if name.lower() in _SECRET_HEADERS and not names_in(value):
            yield (
                f"请求头 {name} 的口令不能写在文件里；请写 {{env:EMMAP_SECRET_…}}，并在环境里设置。",
                f"The credential of header {name} must not stand in the file: write {{env:EMMAP_SECRET_…}} and set it.",
            )
    if one.password and not re.fullmatch(r"\{env:[^{}]+\}", one.password):
        yield (
            "password 不能写在文件里；请写 {env:EMMAP_SECRET_…}，并在环境里设置。",
            "The password must not stand in the file: write {env:EMMAP_SECRET_…} and set it in the environment.",
        )


def _about_url(one: SourceConfig) -> Iterable[tuple[str, str]]:
    try:
        parts = urlsplit(one.url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or "{" in host or parts.scheme not in ("http", "https"):
        yield (
            f"url「{one.url[:100]}」不是 http 或 https 地址。",
            f"url “{one.url[:100]}” is no http or https address.",
        )
    elif parts.username is not None:
        yield (
            "url 里不能写用户名和口令；请用 user 和 password。",
            "User and password do not belong into the url: use user and password.",
        )
    else:
        for key, value in parse_qsl(parts.query):
            if key.lower() in _SECRET_PARAMETERS and not names_in(value):
                yield (
                    f"url 里 {key} 的口令不能写在文件里；请写 {{env:EMMAP_SECRET_…}}，并在环境里设置。",
                    f"The credential {key} in the url must not stand in the file: write {{env:EMMAP_SECRET_…}} and set it.",
                )


def _about_imap(one: SourceConfig) -> Iterable[tuple[str, str]]:
    parts = urlsplit(one.imap)
    if parts.scheme not in ("imap", "imaps") or not parts.hostname:
        yield (
            f"imap「{one.imap[:100]}」应形如 imaps://mail.example/INBOX。",
            f"imap “{one.imap[:100]}” should look like imaps://mail.example/INBOX.",
        )
    elif parts.scheme == "imap" and not allowed(parts.hostname, one.private_hosts):
        yield (
            "imap:// 不加密，只用于 private_hosts 里的主机；请用 imaps://。",
            "imap:// is not encrypted and is for hosts among private_hosts only: use imaps://.",
        )
    if not one.messages:
        yield 'imap 只读 CAP：reader 应为 "cap"。', 'imap reads CAP only: reader must be "cap".'
    if not (one.user and one.password and one.senders):
        yield (
            "imap 要写 user、password 和 senders（只收这些发件人的邮件）。",
            "imap needs user, password and senders (only their mail is taken).",
        )


_OF_DATABASE = {"host", "port", "dbname", "user", "password", "sslmode", "sslrootcert", "connect_timeout"}


def _about_database(one: SourceConfig) -> Iterable[tuple[str, str]]:
    try:
        parts = conninfo_to_dict(one.database) if one.database.startswith("postgresql://") else {}
    except ProgrammingError:
        parts = {}
    if not parts.get("host") or not parts.get("dbname"):
        yield (
            "database 应形如 postgresql://用户:{env:EMMAP_SECRET_…}@主机/库名。",
            "database should look like postgresql://user:{env:EMMAP_SECRET_…}@host/name.",
        )
    if others := sorted(parts.keys() - _OF_DATABASE):
        yield f"database 里不能写 {'、'.join(others)}。", f"database may not hold {', '.join(others)}."
    if (password := parts.get("password")) and not re.fullmatch(r"\{env:[^{}]+\}", str(password)):
        yield (
            "database 里的口令不能写在文件里；请写 {env:EMMAP_SECRET_…}，并在环境里设置。",
            "The password in database must not stand in the file: write {env:EMMAP_SECRET_…} and set it.",
        )
    if one.reader != "gauges":
        yield (
            'database 只读测站：reader 应为 "gauges"。',
            'database reads gauges only: reader must be "gauges".',
        )


def load_sources(path: Path, layers: Mapping[str, Layer]) -> tuple[SourceConfig, ...]:
    """The sources of a file. Raises `SetupError` with a sentence for each mistake in it."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _refused(
            path, [Mistake(f"读不了：{error.strerror}。", f"It cannot be read: {error.strerror}.")]
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _refused(
            path, [Mistake(f"不是有效的 TOML：{error}。", f"It is no valid TOML: {error}.")]
        ) from None
    mistakes: list[Mistake] = [
        Mistake(
            f"不认识「{name}」；来源写在 [sources.NAME] 下。",
            f"Unknown “{name}”: sources stand under [sources.NAME].",
        )
        for name in content
        if name != "sources"
    ]
    found: list[SourceConfig] = []
    tables = content.get("sources", {})
    for name, table in tables.items() if isinstance(tables, dict) else ():
        try:
            # `strict` refuses lists for tuples, which TOML cannot write.
            given = {k: tuple(v) if isinstance(v, list) else v for k, v in dict(table).items()}
            one = SourceConfig.model_validate({**given, "name": name})
            found.append(one)
            mistakes += [
                Mistake(f"[sources.{name}] {zh}", f"[sources.{name}] {en}") for zh, en in _disagreements(one)
            ]
        except ValidationError as error:
            mistakes += [_sentence(name, told) for told in error.errors()]
        except (TypeError, ValueError):
            mistakes.append(
                Mistake(f"[sources.{name}] 应是一节设置。", f"[sources.{name}] should be a table.")
            )
    mistakes += _among(found, layers)
    if mistakes:
        raise _refused(path, mistakes)
    return tuple(found)


def configured(layers: Mapping[str, Layer]) -> tuple[SourceConfig, ...]:
    """The sources of the file that the settings name; none where they name none."""
    path = get_settings().sources_file
    return load_sources(path, layers) if path else ()


def _among(found: Iterable[SourceConfig], layers: Mapping[str, Layer]) -> Iterable[Mistake]:
    """What does not fit the layers, or between two sources."""
    whole: Counter[tuple[str, str]] = Counter()
    for one in found:
        if one.layer and one.layer not in layers:
            yield Mistake(
                f"[sources.{one.name}] 没有图层「{one.layer}」；可用 {'、'.join(layers)}。",
                f"[sources.{one.name}] There is no layer “{one.layer}”: use {', '.join(layers)}.",
            )
            continue
        readers = {source.reader for source in layers[one.layer].sources} if one.layer else {"cap"}
        if one.layer and one.reader not in ("table", "gis") and one.reader not in readers:
            yield Mistake(
                f"[sources.{one.name}] 图层 {one.layer} 不读 {one.reader}。",
                f"[sources.{one.name}] Layer {one.layer} does not read {one.reader}.",
            )
        if one.mode == "complete":
            whole[one.realm, one.layer] += 1
            if whole[one.realm, one.layer] == 2:
                yield Mistake(
                    f"[sources.{one.name}] 图层 {one.layer} 已有一个 complete 来源；两个会互相结束对方的要素。",
                    f"[sources.{one.name}] Layer {one.layer} has a complete source already; two would end each "
                    "other's features.",
                )


def _sentence(name: str, error: Any) -> Mistake:
    """One of pydantic's findings as a sentence."""
    where = ".".join(str(part) for part in error["loc"])
    cause = error.get("ctx", {}).get("error")
    zh_where, en_where = f"[sources.{name}] {where}".rstrip(), f"[sources.{name}] {where}".rstrip()
    if isinstance(cause, Mistake):
        return Mistake(f"{zh_where}：{cause.zh}", f"{en_where}: {cause.en}")
    match error["type"]:
        case "missing":
            return Mistake(f"{zh_where}：缺少这一项。", f"{en_where}: is missing.")
        case "extra_forbidden":
            known = ", ".join(field for field in SourceConfig.model_fields if field != "name")
            return Mistake(
                f"{zh_where}：没有这一项设置；可用 {known}。",
                f"{en_where}: there is no such setting; use {known}.",
            )
        case "literal_error":
            return Mistake(
                f"{zh_where}：应为 {error['ctx']['expected']} 之一。",
                f"{en_where}: must be {error['ctx']['expected']}.",
            )
        case _:
            return Mistake(
                f"{zh_where}：值无效（{error['msg']}）。", f"{en_where}: not valid ({error['msg']})."
            )


def _refused(path: Path, mistakes: list[Mistake]) -> SetupError:
    zh = "\n".join(f"  - {one.zh}" for one in mistakes)
    en = "\n".join(f"  - {one.en}" for one in mistakes)
    return SetupError(
        f"来源配置 {path} 有 {len(mistakes)} 处错误：\n{zh}",
        f"The file of sources {path} has {len(mistakes)} mistake(s):\n{en}",
        code="sources_file",
    )
