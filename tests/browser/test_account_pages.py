"""The pages on accounts: one's own password and sessions; what administrators give out; the audit."""

from collections.abc import Callable

import httpx
from playwright.sync_api import BrowserContext, Page, expect
from served import Web

PASSWORD = "雨夜值守-2020-甲"
HOSTILE = '<img src=x onerror="document.title=1">'


def test_an_administrator_gives_out_an_account_and_its_person_sets_a_password(
    web: Web, open_page: Callable[..., Page], signed_in: Callable[..., BrowserContext]
) -> None:
    page = open_page(f"{web.url}/accounts", signed_in("administrator", (1366, 768)))
    people = page.locator("section", has=page.get_by_role("heading", name="账号", exact=True))
    form = people.locator("form")
    form.get_by_label("账号名").fill(HOSTILE)
    form.get_by_label("增城区").check()
    form.get_by_role("button", name="新增账号").click()
    link = people.locator(".once code").inner_text()
    expect(people.get_by_role("cell", name=HOSTILE, exact=True)).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    audit = page.locator("section", has=page.get_by_role("heading", name="审计", exact=True))
    audit.get_by_role("button", name="核验审计链").click()
    expect(audit.get_by_text("链完整")).to_be_visible()
    audit.get_by_role("button", name="显示").click()
    expect(audit.get_by_text("POST /api/accounts")).to_be_visible()

    person = open_page(link.replace("next=%2F", "next=%2Faccount"))
    person.get_by_role("button", name="进入").click()
    expect(person.get_by_text("增城区")).to_be_visible()
    person.get_by_label("新密码").fill(PASSWORD)
    person.get_by_label("再输一次").fill(PASSWORD)
    person.get_by_role("button", name="设置密码").click()
    expect(person.get_by_text("密码已修改")).to_be_visible()
    entered = httpx.post(f"{web.url}/sign-in", data={"name": HOSTILE, "password": PASSWORD})
    assert entered.status_code == 303
    expect(person.get_by_label("现在的密码")).to_be_visible()
    person.get_by_role("button", name="全部退出").click()
    person.get_by_role("button", name="再按一次确认").click()
    person.wait_for_url("**/sign-in**")
