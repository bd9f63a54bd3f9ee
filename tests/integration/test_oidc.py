"""Sign-in at an OpenID Connect provider, by real HTTP: who is let in as whom, and every answer that must not be believed."""

import base64
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from oidc_provider import CLIENT, SECRET, OidcProvider
from served import Web, application, listening

from emmap.store import access, audit
from emmap.store.database import Database
from emmap.ui.words import word
from emmap.web import oidc

ROLES = {"ops-admin": "administrator", "ops-duty": "duty_officer", "ops-view": "viewer"}


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    found = OidcProvider()
    with listening(found.app) as found.issuer:
        yield found


@pytest.fixture(scope="module")
def web(module_database: Database, provider: OidcProvider) -> Iterator[Web]:
    settings = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_title": "广州{政务}认证",
        "oidc_role_claim": "realm_access.roles",
        "oidc_roles": ROLES,
        "oidc_district_claim": "districts",
    }
    with application(module_database, **settings) as (web, _):
        yield web


@pytest.fixture(autouse=True)
def _honest(provider: OidcProvider) -> None:
    provider.forge, provider.error = None, ""
    provider.person = person("s-1", "值班丁", "ops-duty")


def person(subject: str, name: str, *roles: str, districts: Any = "440100") -> dict[str, Any]:
    return {
        "sub": subject,
        "preferred_username": name,
        "realm_access": {"roles": list(roles)},
        "districts": districts,
    }


def gone(web: Web, target: str = "/") -> tuple[httpx.Client, str]:
    """A browser that was at the provider, and the address at which it is sent back."""
    browser = web._kept(httpx.Client())
    leaving = browser.get(f"{web.url}/sign-in/oidc", params={"next": target})
    assert leaving.status_code == 303
    return browser, browser.get(leaving.headers["location"]).headers["location"]


def sign_in(web: Web, target: str = "/") -> tuple[httpx.Client, httpx.Response]:
    browser, back = gone(web, target)
    return browser, browser.get(back)


def assert_refused(web: Web, browser: httpx.Client, answer: httpx.Response, why: str, name: str = "") -> str:
    """Not let in, told in one sentence, and written down; the sentence's word."""
    assert answer.status_code in (401, 503)
    assert "emmap_session" not in browser.cookies
    with web.database.engine("app").connect() as conn:
        (last,) = audit.entries(conn, limit=1)
    assert (last.entry.act, last.entry.subject, last.entry.actor) == ("sign_in_failed", "oidc", name)
    assert why in last.entry.details["why"]
    alert: str = answer.text.partition('<p role="alert">')[2].partition("</p>")[0]
    return alert


def test_a_person_of_the_provider_comes_in_with_the_role_and_districts_it_gives(
    web: Web, provider: OidcProvider
) -> None:
    page = httpx.get(f"{web.url}/sign-in").text
    assert "用广州{政务}认证登录" in page
    provider.person = person("s-2", "增城甲", "other", "ops-view", "ops-duty", districts=["增城区", "440103"])
    browser, answer = sign_in(web, "/watch?lang=en")
    assert (answer.status_code, answer.headers["location"]) == (303, "/watch?lang=en")
    assert "emmap_oidc" not in browser.cookies
    me = browser.get(f"{web.url}/api/me").json()
    assert (me["name"], me["role"]) == ("增城甲", "duty_officer")
    with web.database.engine("app").connect() as conn:
        assert access.account_named(conn, "增城甲").districts == {"440118", "440103"}
        (last,) = audit.entries(conn, limit=1)
    assert (last.entry.act, last.entry.actor, last.entry.subject) == ("sign_in", "增城甲", "oidc")
    assert last.entry.details["new"] is True


def test_the_same_person_keeps_one_account_whose_role_follows_and_the_old_session_ends(
    web: Web, provider: OidcProvider
) -> None:
    browser, _ = sign_in(web)
    provider.person = person("s-1", "now called otherwise", "ops-view")
    leaving = browser.get(f"{web.url}/sign-in/oidc")
    browser.get(browser.get(leaving.headers["location"]).headers["location"])
    me = browser.get(f"{web.url}/api/me").json()
    assert (me["name"], me["role"]) == ("值班丁", "viewer")
    provider.person = person("s-1", "值班丁", "no role of ours")
    stranger, answer = sign_in(web)
    told = assert_refused(web, stranger, answer, "no role", "值班丁")
    assert told == word("sign_in_oidc_no_role", "zh")


def test_a_session_is_exchanged_for_the_new_one(web: Web, provider: OidcProvider) -> None:
    provider.person = person("s-3", "轮换", "ops-view")
    browser, _ = sign_in(web)
    first = browser.cookies["emmap_session"]
    browser.get(browser.get(browser.get(f"{web.url}/sign-in/oidc").headers["location"]).headers["location"])
    assert browser.cookies["emmap_session"] != first
    with web.database.engine("app").connect() as conn:
        assert len(access.sessions(conn, "轮换", timedelta(hours=1))) == 1


def unsigned(provider: OidcProvider, claims: dict[str, Any]) -> str:
    parts = ({"alg": "none", "kid": provider.key.kid}, claims)
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts)
        + "."
    )


def by_the_public_key(provider: OidcProvider, claims: dict[str, Any]) -> str:
    secret = OctKey.import_key(base64.b64encode(provider.key.as_pem(private=False)).decode())
    return jwt.encode({"alg": "HS256", "kid": provider.key.kid}, claims, secret)


def tampered(provider: OidcProvider, claims: dict[str, Any]) -> str:
    head, _, signature = provider.signed(claims).split(".")
    raised = json.dumps(claims | {"realm_access": {"roles": ["ops-admin"]}}).encode()
    return f"{head}.{base64.urlsafe_b64encode(raised).decode().rstrip('=')}.{signature}"


def by_another_key(provider: OidcProvider, claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": provider.key.kid}, claims, RSAKey.generate_key(2048))


def changed(**claims: Any) -> Any:
    return lambda provider, right: provider.signed({**right, **claims})


def lacking(name: str) -> Any:
    return lambda provider, right: provider.signed({key: one for key, one in right.items() if key != name})


@pytest.mark.parametrize(
    ("forge", "why"),
    [
        (unsigned, "UnsupportedAlgorithm"),
        (by_the_public_key, "UnsupportedAlgorithm"),
        (tampered, "BadSignature"),
        (by_another_key, "BadSignature"),
        (lambda provider, right: provider.signed(right, kid="nobody's"), "no key"),
        (lambda provider, right: "no token", "DecodeError"),
        (lambda provider, right: None, "no ID token"),
        (changed(nonce="another"), "nonce"),
        (lacking("nonce"), "nonce"),
        (changed(exp=int(time.time()) - 3600), "Expired"),
        (lacking("exp"), "exp"),
        (changed(aud="another"), "aud"),
        (changed(aud=[CLIENT, "another"]), "azp"),
        (changed(azp="another"), "azp"),
        (changed(iss="https://another.example"), "iss"),
        (changed(iat=int(time.time()) + 3600), "future"),
        (lacking("sub"), "sub"),
    ],
)
def test_a_token_that_is_not_proven_lets_nobody_in(
    web: Web, provider: OidcProvider, forge: Any, why: str
) -> None:
    provider.forge = forge
    browser, answer = sign_in(web)
    assert assert_refused(web, browser, answer, why) == word("sign_in_oidc_unproven", "zh")


def test_a_token_for_several_that_was_made_for_us_is_good(web: Web, provider: OidcProvider) -> None:
    provider.forge = changed(aud=["another", CLIENT], azp=CLIENT)
    assert sign_in(web)[1].status_code == 303


def test_keys_may_be_turned_at_any_time(web: Web, provider: OidcProvider) -> None:
    assert sign_in(web)[1].status_code == 303
    provider.asked.clear()
    assert sign_in(web)[1].status_code == 303
    assert provider.asked == []
    provider.turn_key()
    assert sign_in(web)[1].status_code == 303
    assert provider.asked == ["keys"]


def test_an_answer_counts_once_soon_and_in_the_browser_that_asked(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = word("sign_in_oidc_late", "zh")
    browser, back = gone(web)
    stranger = web._kept(httpx.Client())
    assert assert_refused(web, stranger, stranger.get(back), "state") == late
    other, _ = gone(web)
    assert assert_refused(web, other, other.get(back), "state") == late
    attempt = browser.cookies["emmap_oidc"]
    assert browser.get(back).status_code == 303
    again = web._kept(httpx.Client(cookies={"emmap_oidc": attempt}))
    assert assert_refused(web, again, again.get(back), "used") == late
    slow, back = gone(web)
    secret, begun, target = slow.cookies["emmap_oidc"].split(".")
    forged = web._kept(httpx.Client(cookies={"emmap_oidc": f"{secret}.{int(begun) - 1}.{target}"}))
    assert assert_refused(web, forged, forged.get(back), "state") == late
    monkeypatch.setattr(oidc, "ATTEMPT_LIFE_S", -1)
    assert assert_refused(web, slow, slow.get(back), "state") == late


def test_a_disabled_account_stays_out(web: Web, provider: OidcProvider) -> None:
    provider.person = person("s-4", "离任", "ops-view")
    assert sign_in(web)[1].status_code == 303
    with web.database.engine("app").begin() as conn:
        access.disable_account(conn, "离任")
    browser, answer = sign_in(web)
    assert assert_refused(web, browser, answer, "disabled", "离任") == word("sign_in_oidc_disabled", "zh")


@pytest.mark.parametrize("name", ["administrator", "exercise-viewer", "本地"])
def test_a_name_at_the_provider_opens_no_account_that_was_made_here(
    web: Web, provider: OidcProvider, name: str
) -> None:
    with web.database.engine("app").begin() as conn:
        if name == "本地":
            access.add_account(conn, name, "administrator")
    provider.person = person(f"taker of {name}", name, "ops-view")
    browser, answer = sign_in(web)
    assert assert_refused(web, browser, answer, "that name") == word("sign_in_oidc_taken", "zh")


@pytest.mark.parametrize("districts", [None, [], ["增城区", "Atlantis"]])
def test_whose_district_is_not_known_does_not_get_the_whole_city(
    web: Web, provider: OidcProvider, districts: Any
) -> None:
    provider.person = person("s-5", "何处", "ops-duty", districts=districts)
    browser, answer = sign_in(web)
    assert assert_refused(web, browser, answer, "district") == word("sign_in_oidc_no_district", "zh")


def test_the_last_administrator_is_not_taken_away(web: Web, provider: OidcProvider) -> None:
    provider.person = person("s-6", "管理", "ops-admin")
    assert sign_in(web)[1].status_code == 303
    with web.database.engine("app").begin() as conn:
        for one in access.accounts(conn):
            if one.role == "administrator" and one.name != "管理":
                access.disable_account(conn, one.name)
    provider.person = person("s-6", "管理", "ops-view")
    browser, answer = sign_in(web)
    assert assert_refused(web, browser, answer, "administrator", "管理") == word("sign_in_oidc_last", "zh")


def test_a_refusal_at_the_provider_is_told_in_the_language_of_the_page(
    web: Web, provider: OidcProvider
) -> None:
    provider.error = "access_denied"
    browser, answer = sign_in(web, "/?lang=en")
    told = assert_refused(web, browser, answer, "access_denied")
    assert told == word("sign_in_oidc_denied", "en")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil"])
def test_nobody_is_led_elsewhere_afterwards(web: Web, target: str) -> None:
    assert sign_in(web, target)[1].headers["location"] == "/"


def test_a_provider_that_is_down_or_talks_nonsense_is_one_sentence(module_database: Database) -> None:
    provider = OidcProvider()
    settings = {"oidc_client_id": CLIENT, "oidc_roles": ROLES}
    with (
        listening(provider.app) as url,
        application(module_database, oidc_issuer=url, **settings) as (web, _),
    ):
        provider.issuer = "https://another.example"
        told = [httpx.get(f"{web.url}/sign-in/oidc")]
        provider.issuer, provider.padding = url, "x" * oidc.LARGEST_ANSWER
        told.append(httpx.get(f"{web.url}/sign-in/oidc"))
    with application(module_database, oidc_issuer=url, **settings) as (web, _):
        told.append(httpx.get(f"{web.url}/sign-in/oidc", params={"next": "/?lang=en"}))
    assert [one.status_code for one in told] == [503, 503, 503]
    for one, lang in zip(told, ("zh", "zh", "en"), strict=True):
        assert word("sign_in_oidc_down", lang) in one.text


def test_without_a_provider_there_is_no_way_to_one(module_database: Database) -> None:
    with application(module_database) as (web, _):
        assert "oidc" not in httpx.get(f"{web.url}/sign-in").text
        assert httpx.get(f"{web.url}/sign-in/oidc").status_code == 404
