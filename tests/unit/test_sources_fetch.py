"""A fetch brings all of what a server has for it, or one sentence; and goes only where it may."""

import gzip
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from emmap.ingest.sources.addresses import is_public
from emmap.ingest.sources.faults import Fault
from emmap.ingest.sources.fetch import Answer, Fetcher, Terms, Validators
from tests.faulty_server import Answering, FaultyServer, answer, bomb, good, in_a_loop

NOTHING = Validators()
BODY = "队伍编号,队伍名称\nT1,【演练】一队\n".encode()


async def here(host: str, port: int) -> Sequence[str]:
    """Every name leads to this machine, but for one."""
    return ["10.0.0.8"] if host == "inside.example" else ["127.0.0.1"]


def terms(**changed: object) -> Terms:
    """Terms under which the test's own server may be asked."""
    given: dict[str, object] = {
        "timeout": timedelta(seconds=5),
        "size": 1 << 20,
        "hosts": ("127.0.0.1", "data.example"),
        "private_hosts": ("127.0.0.1",),
    }
    return Terms(**{**given, **changed})  # type: ignore[arg-type]


def fetched(
    answering: Answering, path: str = "/a", known: Validators = NOTHING, **changed: object
) -> tuple[Answer, FaultyServer]:
    """What a fetch brings from a server that answers so."""

    async def go() -> tuple[Answer, FaultyServer]:
        fetcher = Fetcher(here)
        try:
            async with FaultyServer({"/a": answering, "/b": good(BODY)}).running() as server:
                return await fetcher.get(server.url + path, terms(**changed), known), server
        finally:
            await fetcher.close()

    return in_a_loop(go())


def test_what_is_known_is_not_fetched_again() -> None:
    first, _ = fetched(good(BODY, '"one"'))
    assert first.content == BODY
    again, _ = fetched(good(BODY, '"one"'), known=first.validators)
    assert again.content is None
    newer, _ = fetched(good(BODY + b"T2,x\n", '"two"'), known=first.validators)
    assert newer.content == BODY + b"T2,x\n"


def test_packed_content_is_unpacked() -> None:
    found, _ = fetched(lambda _: answer(gzip.compress(BODY), content_encoding="gzip"))
    assert found.content == BODY


@pytest.mark.parametrize(
    ("code", "answering"),
    [
        ("timeout", lambda _: None),
        ("no_connection", lambda _: b""),
        ("no_connection", lambda _: b"SSH-2.0-OpenSSH_9.2\r\n"),
        ("http_500", lambda _: answer(b"oops", "500 Internal Server Error")),
        ("http_404", lambda _: answer(b"", "404 Not Found")),
        ("http_304", lambda _: answer(b"", "304 Not Modified")),
        ("html_instead", lambda _: answer(b"<!DOCTYPE html><title>Login</title>")),
        ("half_a_file", lambda _: answer(BODY[:9], length=len(BODY))),
        ("half_a_file", lambda _: answer(gzip.compress(BODY)[:-9], content_encoding="gzip")),
        ("half_a_file", lambda _: b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n"),
        ("wrong_compression", lambda _: answer(BODY, content_encoding="gzip")),
        ("unknown_compression", lambda _: answer(BODY, content_encoding="br")),
        ("too_large", lambda _: answer(b"x" * ((1 << 20) + 1))),
        ("too_large", lambda _: bomb(64 << 20)),
        ("forbidden_scheme", lambda _: answer(b"", "302 Found", location="file:///etc/passwd")),
        ("forbidden_host", lambda _: answer(b"", "302 Found", location="http://elsewhere.example/")),
        ("private_address", lambda _: answer(b"", "302 Found", location="http://data.example/b")),
        ("too_many_redirects", lambda _: answer(b"", "302 Found", location="/a")),
    ],
)
def test_each_fault_is_told_in_plain_words(code: str, answering: Answering) -> None:
    with pytest.raises(Fault) as caught:
        fetched(answering, timeout=timedelta(seconds=0.3 if code == "timeout" else 5))
    assert caught.value.code == code
    assert caught.value.zh.endswith("。")
    assert caught.value.en.endswith(".")


def test_a_name_that_leads_inside_is_not_asked() -> None:
    with pytest.raises(Fault) as caught:
        fetched(
            lambda _: answer(b"", "302 Found", location="http://inside.example/"),
            hosts=("127.0.0.1", "inside.example"),
        )
    assert caught.value.code == "private_address"


def test_credentials_do_not_follow_to_another_host() -> None:
    async def go() -> FaultyServer:
        fetcher = Fetcher(here)
        async with FaultyServer({"/b": good(BODY)}).running() as server:
            moved = f"http://data.example:{server.port}/b"
            server.routes["/a"] = lambda _: answer(b"", "302 Found", location=moved)
            allowed = terms(
                private_hosts=("127.0.0.1", "data.example"), headers={"x-key": "k1"}, auth=("u", "p")
            )
            assert (await fetcher.get(f"{server.url}/a", allowed)).content == BODY
            await fetcher.close()
            return server

    (_, first), (_, second) = in_a_loop(go()).asked
    assert first["x-key"] == "k1"
    assert "authorization" in first
    assert not {"x-key", "authorization"} & set(second)
    assert second["host"].startswith("data.example")


def test_a_certificate_must_be_trusted_and_bear_the_name(
    samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def go() -> list[str]:
        stranger = Fetcher(here)
        monkeypatch.setenv("SSL_CERT_FILE", str(samples / "tls" / "authority.pem"))
        fetcher = Fetcher(here)
        server = FaultyServer({"/b": good(BODY)}, certificate=samples / "tls" / "server.pem")
        told = []
        async with server.running():
            allowed = terms(private_hosts=("127.0.0.1", "data.example"))
            for asking, host in (
                (fetcher, "data.example"),
                (fetcher, "127.0.0.1"),
                (stranger, "data.example"),
            ):
                try:
                    brought = await asking.get(f"https://{host}:{server.port}/b", allowed)
                    told.append("taken" if brought.content == BODY else "other")
                except Fault as fault:
                    told.append(fault.code)
        await fetcher.close()
        await stranger.close()
        return told

    assert in_a_loop(go()) == ["taken", "bad_certificate", "bad_certificate"]


def test_what_must_be_whole_must_say_where_it_ends() -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + BODY
    assert fetched(lambda _: endless)[0].content == BODY
    with pytest.raises(Fault) as caught:
        fetched(lambda _: endless, whole=True)
    assert caught.value.code == "unknown_end"


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3", "127.0.0.1", "169.254.169.254", "192.168.0.1", "172.16.9.9", "100.100.100.200", "0.0.0.0",
        "224.0.0.1", "::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "2002:0a00:0001::", "64:ff9b::a00:1", "no",
    ],
)  # fmt: skip
def test_inner_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


def test_outer_addresses_are_public() -> None:
    assert is_public("8.8.8.8")
    assert is_public("2001:4860:4860::8888")
