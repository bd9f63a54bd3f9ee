"""One conditional GET, distrustfully: every hop checked, every byte counted, every fault a sentence."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import anyio
import httpx

from emmap import __version__
from emmap.ingest.formats import beginning
from emmap.ingest.sources.addresses import Resolve, address_of, allowed, resolve
from emmap.ingest.sources.certificates import refused, trusted
from emmap.ingest.sources.faults import Fault

MOST_HOPS = 5
SHOWN = 120
"""Characters of a web page's title that an error quotes."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Terms:
    """How a source may be asked. `size`: bytes, also unpacked. `whole`: what comes must say where it ends."""

    timeout: timedelta
    size: int
    hosts: Sequence[str]
    private_hosts: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    auth: tuple[str, str] | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of the content that is known, for it to say whether there is another."""

    etag: str | None = None
    last_modified: str | None = None


_NOTHING = Validators()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came; `content` None: nothing has changed (304)."""

    content: bytes | None
    media_type: str = ""
    validators: Validators = Validators()


class Fetcher:
    """Fetches over one pool of connections. `resolving` finds addresses; tests bring their own."""

    def __init__(self, resolving: Resolve = resolve) -> None:
        self._resolving = resolving
        # Neither proxies nor .netrc of the environment: they would lead around the address check.
        self._client = httpx.AsyncClient(
            follow_redirects=False,
            trust_env=False,
            verify=trusted(),
            limits=httpx.Limits(max_connections=50, max_keepalive_connections=0),
        )

    async def close(self) -> None:
        """Gives the connections back."""
        await self._client.aclose()

    async def get(self, url: str, terms: Terms, known: Validators = _NOTHING) -> Answer:
        """The content behind a URL. Raises `Fault`; the whole of it takes at most `terms.timeout`."""
        seconds = terms.timeout.total_seconds()
        try:
            with anyio.fail_after(seconds):
                return await self._follow(url, terms, known)
        except (TimeoutError, httpx.TimeoutException):
            raise Fault(
                "timeout",
                f"超过 {seconds:g} 秒没有取完；服务器太慢或网络不通。",
                f"Not complete within {seconds:g} s: the server is slow or the network is down.",
            ) from None
        except httpx.RemoteProtocolError as error:
            raise _cut_short(error) from None
        except (httpx.TransportError, httpx.InvalidURL, OSError) as error:
            raise refused(error) or Fault(
                "no_connection",
                f"连接失败（{type(error).__name__}）；请检查网络和对方服务器。",
                f"The connection failed ({type(error).__name__}): check the network and the server.",
            ) from None

    async def _follow(self, url: str, terms: Terms, known: Validators) -> Answer:
        first = urlsplit(url)
        for _ in range(MOST_HOPS + 1):
            parts = urlsplit(url)
            _check(url, terms, first.scheme)
            same = (parts.scheme, parts.netloc) == (first.scheme, first.netloc)
            headers = {
                "accept-encoding": "gzip",
                "user-agent": f"emmap/{__version__}",
                # Credentials never follow a redirect to another host.
                **(terms.headers if same else {}),
                **({"if-none-match": known.etag} if known.etag else {}),
                **({"if-modified-since": known.last_modified} if known.last_modified else {}),
            }
            host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
            address = await address_of(host, port, terms.private_hosts, self._resolving)
            request = self._client.build_request(
                "GET",
                httpx.URL(url).copy_with(host=address, fragment=None),
                headers={**headers, "host": parts.netloc.rpartition("@")[2]},
                extensions={"sni_hostname": host},
                timeout=terms.timeout.total_seconds(),
            )
            auth = httpx.BasicAuth(*terms.auth) if terms.auth and same else None
            response = await self._client.send(request, stream=True, auth=auth)
            try:
                if response.status_code in _REDIRECTS and "location" in response.headers:
                    url = urljoin(url, response.headers["location"])
                    continue
                return await _read(response, terms, known)
            finally:
                await response.aclose()
        raise Fault(
            "too_many_redirects",
            f"重定向超过 {MOST_HOPS} 次；请检查地址。",
            f"More than {MOST_HOPS} redirects: check the address.",
        )


def _check(url: str, terms: Terms, scheme: str) -> None:
    """Whether a hop may be asked at all; its address is judged afterwards."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Fault(
            "forbidden_scheme",
            f"重定向到 {parts.scheme[:20] or '无效的'} 地址，没有访问；只用 http 和 https。",
            f"Led to a {parts.scheme[:20] or 'malformed'} address, which was not contacted: only http and https are.",
        )
    if scheme == "https" and parts.scheme == "http":
        raise Fault(
            "downgraded",
            f"从 https 重定向到不加密的 http（{parts.hostname}），没有访问。",
            f"Led from https to plain http ({parts.hostname}), which was not contacted.",
        )
    if not allowed(parts.hostname, terms.hosts):
        raise Fault(
            "forbidden_host",
            f"要访问的主机 {parts.hostname} 不在该来源允许的主机里，没有访问；确需访问请写入 hosts。",
            f"The host {parts.hostname} is not one that this source may contact; if that is meant, add it to hosts.",
        )


async def _read(response: httpx.Response, terms: Terms, known: Validators) -> Answer:
    status = response.status_code
    if status == 304 and (known.etag or known.last_modified):
        return Answer(None, validators=known)
    if status != 200:
        raise Fault(
            f"http_{status}",
            f"服务器回答 {status}（{_meaning(status)[0]}）。",
            f"The server answers {status} ({_meaning(status)[1]}).",
            retry_after=_retry_after(response.headers.get("retry-after", "")),
        )
    content = await _content(response, terms)
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if beginning(content[:2000])[:14].lower().startswith(("<!doctype html", "<html")):
        raise Fault(
            "html_instead",
            f"来的是网页，不是数据{_title(content, '（', '）')}；可能是登录页、维护页或上网认证页。",
            f"A web page came instead of data{_title(content, ' (', ')')}: perhaps a sign-in, maintenance or portal page.",
            content=content,
        )
    return Answer(
        content,
        media_type,
        Validators(response.headers.get("etag"), response.headers.get("last-modified")),
    )


async def _content(response: httpx.Response, terms: Terms) -> bytes:
    """The body, unpacked by ourselves: a few kilobytes may hide gigabytes."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip", ""):
        raise Fault(
            "unknown_compression",
            f"内容以 {coding[:20]} 压缩，没有请求过这种压缩。",
            f"The content is compressed by {coding[:20]}, which was not asked for.",
        )
    ends = {"content-length", "transfer-encoding"} & {name.lower() for name in response.headers}
    gzip = zlib.decompressobj(31) if coding in ("gzip", "x-gzip") else None
    if terms.whole and not ends and gzip is None:
        raise Fault(
            "unknown_end",
            "服务器没有说明内容有多长，无法判断是否完整；complete 来源不接受这样的内容。",
            "The server does not say how long the content is, so nobody can tell whether it is whole: a complete source "
            "does not take that.",
        )
    received, content = 0, bytearray()
    async for block in response.aiter_raw(_BLOCK):
        received += len(block)
        try:
            content += gzip.decompress(block, terms.size + 1 - len(content)) if gzip else block
        except zlib.error:
            raise Fault(
                "wrong_compression",
                "内容说是 gzip 压缩，但解不开；可能被中间设备改动。",
                "The content is said to be gzip and cannot be unpacked: something on the way may have changed it.",
            ) from None
        if len(content) > terms.size or received > terms.size:
            raise Fault(
                "too_large",
                f"内容超过 {terms.size >> 20} MiB（解压后），没有读完；确需读取请调大 size_mb。",
                f"The content is over {terms.size >> 20} MiB (unpacked) and was not read: raise size_mb if that is meant.",
            )
    if gzip is not None and not gzip.eof:
        raise Fault("half_a_file", *_HALF)
    return bytes(content)


_HALF = (
    "内容没有收完就断了，只有一部分；已丢弃。",
    "The connection ended before the content was complete: a part only, thrown away.",
)


def _cut_short(error: httpx.RemoteProtocolError) -> Fault:
    if "incomplete" in str(error) or "without sending complete" in str(error):
        return Fault("half_a_file", *_HALF)
    return Fault(
        "no_connection",
        "对方中断了连接，或回答的不是 HTTP。",
        "The server dropped the connection, or does not speak HTTP.",
    )


def _title(content: bytes, before: str, after: str) -> str:
    """The page's title in brackets; empty where it has none."""
    text = content[:20_000].decode("utf-8", "replace")
    _, found, rest = text.partition("<title>")
    title = " ".join(rest.partition("<")[0].split())[:SHOWN] if found else ""
    return f"{before}{title}{after}" if title else ""


def _meaning(status: int) -> tuple[str, str]:
    known = {
        401: ("口令不对或没有口令", "credentials missing or wrong"),
        403: ("不许访问", "forbidden"),
        404: ("地址不存在", "no such address"),
        410: ("已停止提供", "gone"),
        429: ("请求太多", "too many requests"),
    }
    if status in known:
        return known[status]
    return ("对方服务器故障", "a fault of the server") if status >= 500 else ("没有给出数据", "no data")


def _retry_after(text: str) -> timedelta | None:
    """`Retry-After`: seconds or a date."""
    try:
        if text.strip().isdecimal():
            return timedelta(seconds=min(int(text), 86_400))
        return max(parsedate_to_datetime(text) - datetime.now(UTC), timedelta(0)) if text else None
    except (ValueError, TypeError):
        return None
