"""The pages of accounts, through the app, with the attacks they must stand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sandan.access import SYSTEM, Role
from sandan.accounts.model import Draft
from sandan.accounts.pages.settings import without_credentials
from sandan.accounts.plugin import domain as accounts
from sandan.accounts.service.beginnings import demo_accounts
from sandan.accounts.service.people import add_user, disable_user
from sandan.app import build_app
from sandan.domain import ROLES
from sandan.settings import Settings, StoreSettings, WebSettings
from sandan.web.session import COOKIE, csrf_token

pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)
NEW = "완전히 다른 긴 비밀번호"


def events(store, kind):
    with store.registry.read() as conn:
        return store.events.find(conn, kind=kind)


async def test_who_is_not_signed_in_is_sent_to_the_form_and_back(browser):
    """The page asked for is where one arrives, with a new session in a cookie scripts cannot read."""
    answer = await browser.http.get("/users?text=a")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/users%3Ftext%3Da")
    page = await browser.page(answer.headers["location"])
    assert page.select_one("input[name=next]")["value"] == "/users?text=a"
    answer = await browser.sign_in("boss", next="/users?text=a")
    assert (answer.status_code, answer.headers["location"]) == (303, "/users?text=a")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(f"{COOKIE}="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert (await browser.page("/users?text=a")).select_one("h1").text == "사용자"


async def test_behind_tls_the_cookie_never_travels_in_the_clear(people, clock, assets, make_browser):
    """`[web] https` makes every session cookie `Secure`, that of the empty form too."""
    settings = Settings(web=WebSettings(https=True))
    browser = make_browser(build_app(settings, people, clock, domains=(accounts,)))
    answer = await browser.http.get("/sign-in")
    assert "Secure" in answer.headers["set-cookie"]
    assert "max-age" in answer.headers["strict-transport-security"]


async def test_a_planted_session_never_gets_the_rights(browser, make_browser, app):
    """Session fixation: the cookie from before signing in opens nothing afterwards."""
    browser.http.cookies.set(COOKIE, "planted-by-a-stranger", domain="sandan.test")
    await browser.sign_in("boss")
    stranger = make_browser(app)
    stranger.http.cookies.set(COOKIE, "planted-by-a-stranger", domain="sandan.test")
    assert (await stranger.http.get("/users")).status_code == 303


async def test_a_form_without_its_token_is_refused(browser):
    """CSRF: missing, of another session, or not even letters; and nobody is signed in by force."""
    await browser.page("/sign-in")
    fields = {"login": "boss", "password": "너른 들판의 소나무 셋"}
    assert (await browser.http.post("/sign-in", data=fields)).status_code == 403
    await browser.sign_in("boss")
    for token in ("", csrf_token("another"), "토큰", "0" * 64):
        answer = await browser.http.post("/users/watch/disable", data={"csrf": token})
        assert answer.status_code == 403, token
    answer = await browser.http.post(
        "/users/watch/disable", headers={"x-csrf-token": csrf_token(browser.http.cookies[COOKIE])}
    )
    assert answer.status_code == 303


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}]
)
async def test_a_foreign_page_cannot_post(browser, headers):
    """Not even with the right token."""
    await browser.sign_in("boss")
    token = csrf_token(browser.http.cookies[COOKIE])
    answer = await browser.http.post("/users/watch/disable", data={"csrf": token}, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil"])
async def test_signing_in_leads_to_no_foreign_site(browser, target):
    """Open redirect: the form and the answer both forget it."""
    page = await browser.http.get("/sign-in", params={"next": target})
    assert 'name="next" value="/"' in page.text
    assert (await browser.sign_in("boss", next=target)).headers["location"] == "/"
    assert (await browser.http.get("/sign-in", params={"next": target})).headers["location"] == "/"


async def test_a_wrong_password_says_no_more_than_that(browser, people, clock):
    """The same page, code and words for a wrong password, an unknown and a disabled person."""
    add_user(people, SYSTEM, Draft("off", "꺼짐", frozenset({Role.VIEWER})), clock.now(), password=NEW)
    disable_user(people, SYSTEM, "off", clock.now())
    answers = [
        await browser.sign_in(login, password)
        for login, password in (("boss", "틀린 비밀번호"), ("who", "틀린 비밀번호"), ("off", NEW))
    ]
    assert [answer.status_code for answer in answers] == [422] * 3
    texts = {a.text.replace(login, "") for a, login in zip(answers, ("boss", "who", "off"), strict=True)}
    assert len(texts) == 1
    assert "맞지 않습니다" in texts.pop()


async def test_guessing_is_answered_with_wait(browser, app, make_browser):
    """The eleventh attempt in ten minutes, though its password is right; elsewhere it still is."""
    for _ in range(10):
        await browser.sign_in("boss", "틀린 비밀번호")
    answer = await browser.sign_in("boss")
    assert answer.status_code == 429
    assert "잦습니다" in answer.text
    elsewhere = make_browser(app, address="10.0.0.2")
    assert (await elsewhere.sign_in("boss")).status_code == 303


async def test_a_disabled_person_is_out_with_the_next_click(browser, people, clock):
    """Not when the session would have ended."""
    await browser.sign_in("watch")
    assert (await browser.http.get("/account")).status_code == 200
    disable_user(people, SYSTEM, "watch", clock.now())
    assert (await browser.http.get("/account")).headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("login", ["watch", "maker", "reader"])
async def test_only_administrators_reach_the_users(browser, login):
    """Neither page nor action, and no link to it."""
    await browser.sign_in(login)
    for path in ("/users", "/users/new", "/users/boss", "/users/firms"):
        assert (await browser.http.get(path)).status_code == 403
    for path in ("/users", "/users/boss", "/users/boss/disable", "/users/boss/password"):
        assert (await browser.send(path)).status_code == 403
    assert not (await browser.page("/settings")).select('a[href="/users"]')


async def test_an_administrator_adds_a_person_who_then_chooses_a_password(browser, app, make_browser):
    """One-time password, shown once; the new person sees nothing before choosing another."""
    await browser.sign_in("boss")
    answer = await browser.send(
        "/users", "/users/new", login="Kim", name="김 담당", roles=["firm"], tenant="firm-1", language="en"
    )
    assert answer.headers["cache-control"] == "no-store"
    once = browser.read(answer).select_one("[data-once]").text
    assert once not in (await browser.page("/users/kim")).text
    kim = make_browser(app)
    answer = await kim.sign_in("kim", once)
    assert answer.headers["location"] == "/account/password"
    page = await kim.page("/account/password")
    assert page.html["lang"] == "en"
    assert (await kim.http.get("/api/probe")).status_code == 403
    answer = await kim.send(
        "/account/password", "/account/password", old_password=once, password=NEW, again=NEW
    )
    assert answer.status_code == 303
    assert (await kim.http.get("/api/probe")).json() == {"tenant": "firm-1", "sees": False}


async def test_a_wrong_form_comes_back_with_what_was_written(browser):
    """Every finding beside its field, nothing to type again."""
    await browser.sign_in("boss")
    answer = await browser.send("/users", "/users/new", login="김", name="김 담당", roles=["firm", "admin"])
    page = browser.read(answer)
    assert answer.status_code == 422
    assert {e["id"].split("-")[0] for e in page.select(".error")} == {"login", "roles", "tenant"}
    assert page.select_one("#name")["value"] == "김 담당"
    assert {box["value"] for box in page.select("input[name=roles][checked]")} == {"firm", "admin"}
    taken = await browser.send("/users", "/users/new", login="watch", name="또", roles=["viewer"])
    assert "이미 있습니다" in taken.text


async def test_firms_are_found_by_name(browser):
    """The one chosen stays in the list."""
    await browser.sign_in("boss")
    page = await browser.page("/users/firms?firm_text=한결&tenant=firm-1")
    assert [box["value"] for box in page.select("input[name=tenant]")] == ["", "firm-1", "firm-2"]
    assert page.select_one("input[checked]")["value"] == "firm-1"


async def test_an_administrator_changes_disables_and_resets(browser, people, app, make_browser):
    """Each in the log with who did it."""
    watch = make_browser(app)
    await watch.sign_in("watch")
    await browser.sign_in("boss")
    answer = await browser.send("/users/watch", name="새 이름", roles=["operator", "energy"], language="ko")
    assert answer.headers["location"] == "/users/watch?done=saved"
    page = await browser.page("/users/watch?done=saved")
    assert {box["value"] for box in page.select("input[name=roles][checked]")} == {"operator", "energy"}
    changed = events(people, "RolesChanged")[0]
    assert (changed.actor, changed.subject) == ("boss", "account:watch")
    once = browser.read(await browser.send("/users/watch/password")).select_one("[data-once]").text
    assert len(once) == 19
    assert (await watch.http.get("/account")).status_code == 303
    assert (await browser.send("/users/watch/disable")).status_code == 303
    assert (await watch.sign_in("watch", once)).status_code == 422
    assert (await browser.send("/users/watch/enable")).status_code == 303
    assert (await watch.sign_in("watch", once)).status_code == 303
    assert (await browser.send("/users/boss/disable")).status_code == 409


async def test_names_cannot_become_code(browser):
    """What an administrator writes is shown as text."""
    await browser.sign_in("boss")
    await browser.send("/users", "/users/new", login="x1", name="<b>이름</b>", roles=["viewer"])
    assert not (await browser.page("/users")).select("td b")
    assert "&lt;b&gt;" in (await browser.http.get("/users")).text


async def test_signing_out_needs_a_form_and_ends_the_session(browser, app, make_browser):
    """A link cannot do it; the old cookie is worth nothing."""
    await browser.sign_in("boss")
    old = browser.http.cookies[COOKIE]
    assert (await browser.http.get("/sign-out")).status_code == 405
    answer = await browser.send("/sign-out")
    assert answer.headers["location"] == "/sign-in?ask=1"
    thief = make_browser(app)
    thief.http.cookies.set(COOKIE, old, domain="sandan.test")
    assert (await thief.http.get("/account")).status_code == 303


async def test_a_person_signs_out_everywhere_else(browser, app, make_browser):
    """The list says where one is signed in, and which of them is here."""
    other = make_browser(app)
    await other.sign_in("watch")
    await browser.sign_in("watch")
    page = await browser.page("/account")
    assert len(page.select("section[aria-labelledby=sessions] tbody tr")) == 2
    await browser.send("/account/sessions", id="others")
    assert (await other.http.get("/account")).status_code == 303
    assert (await browser.http.get("/account")).status_code == 200
    answer = await browser.send("/account/sessions", id="all")
    assert answer.headers["location"] == "/sign-in?ask=1"
    assert (await browser.http.get("/account")).status_code == 303


async def test_a_session_in_use_goes_on_and_an_idle_one_ends(browser, clock):
    """Twelve hours by default."""
    await browser.sign_in("watch")
    for _ in range(3):
        clock.advance(timedelta(hours=8))
        assert (await browser.http.get("/account")).status_code == 200
    clock.advance(timedelta(hours=13))
    assert (await browser.http.get("/account")).status_code == 303


async def test_a_password_is_changed_with_the_old_one(browser, app, make_browser):
    """Each mistake has its own words; the new one then works."""
    await browser.sign_in("watch")

    async def change(old, new, again):
        return await browser.send("/account/password", old_password=old, password=new, again=again)

    assert "서로 다릅니다" in (await change("너른 들판의 소나무 셋", NEW, NEW + "!")).text
    assert "지금 비밀번호가 다릅니다" in (await change("틀린 것", NEW, NEW)).text
    assert "10자 이상" in (await change("너른 들판의 소나무 셋", "짧다", "짧다")).text
    done = await change("너른 들판의 소나무 셋", NEW, NEW)
    assert done.headers["location"] == "/account?done=password"
    assert "비밀번호를 바꾸었습니다" in (await browser.http.get("/account?done=password")).text
    assert (await make_browser(app).sign_in("watch", NEW)).status_code == 303


async def test_a_token_works_for_its_scope_only(browser, app, make_browser):
    """Shown once; reads, does not write, opens no page of accounts, and dies when revoked."""
    await browser.sign_in("watch")
    answer = await browser.send("/account/tokens", name="수집기", days="30", scope=["probe.read"])
    secret = browser.read(answer).select_one("[data-once]").text
    assert secret.startswith("sandan_")
    page = await browser.page("/account")
    assert secret not in page.text
    program = make_browser(app).http
    program.headers["authorization"] = f"Bearer {secret}"
    assert (await program.get("/api/probe")).json() == {"tenant": None, "sees": True}
    assert (await program.post("/api/probe")).status_code == 403
    assert (await program.get("/api/me")).json()["scope"] == ["probe.read", "signed-in"]
    for path in ("/account", "/users", "/settings"):
        assert (await program.get(path)).status_code == 403
    form = page.select_one('form[action$="/revoke"]')["action"]
    await browser.send(form)
    answer = await program.get("/api/probe")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_a_token_cannot_have_what_its_owner_has_not(browser):
    """Whatever the form is made to send."""
    await browser.sign_in("maker")
    answer = await browser.send("/account/tokens", name="수집기", days="30", scope=["probe.write"])
    assert answer.status_code == 422
    assert not browser.read(answer).select("[data-once]")


async def test_a_wrong_bearer_is_nobody_even_beside_a_good_session(browser):
    """A program that sends a stale token must hear of it; no CSRF check is skipped by a header."""
    await browser.sign_in("boss")
    for bearer in ("sandan_" + "x" * 43, "garbage", "sandan_\u00e9"):
        answer = await browser.http.post(
            "/users/watch/disable", headers={"authorization": f"Bearer {bearer}".encode()}
        )
        assert answer.status_code in (303, 401)
        assert "sign-in" in answer.headers.get("location", "sign-in")
    assert "사용 안 함" not in (await browser.page("/users/watch")).select_one("h1").text


async def test_settings_show_what_runs_and_no_secret(browser, people, clock, assets, make_browser):
    """Staff see values, sizes and who may do what; others only how the pages look."""
    settings = Settings(store=StoreSettings(registry="postgresql://u:hush@db/sandan?password=hush"))
    app = build_app(settings, people, clock, domains=(accounts,))
    boss = make_browser(app)
    await boss.sign_in("boss")
    page = await boss.page("/settings")
    assert "postgresql://db/sandan" in page.text
    assert "hush" not in page.text
    row = next(r for r in page.select("#rights-table tr") if "accounts.manage" in r.text)
    assert [bool(cell.select("[role=img]")) for cell in row.select("td")[1:]] == [True] + [False] * 6
    reader = make_browser(app)
    await reader.sign_in("reader")
    assert not (await reader.page("/settings")).select("#rights-table")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("clickhouse://me:pw@h1:8123,h2:8123/db", "clickhouse://h1:8123,h2:8123/db"),
        ("postgresql://me:pw@host/db?sslpassword=x#y", "postgresql://host/db"),
        ("postgresql://me:pa@ss@host/db", "postgresql://…"),
        ("postgresql://me:pa/ss@host/db", "postgresql://…"),
        ("postgresql://me:pa?ss@host/db", "postgresql://…"),
        ("postgresql://host/db?password=pa@ss", "postgresql://…"),
        ("sqlite:///data/registry.db", "sqlite:///data/registry.db"),
    ],
)
def test_an_address_is_shown_without_name_and_password(url, shown, registry_url):
    """Without what follows the path; one that cannot be told apart for certain is not shown at all."""
    assert without_credentials(url) == shown


async def test_pages_speak_english_as_well(browser):
    """Not a Korean letter is left, but in names."""
    browser.http.cookies.set("language", "en", domain="sandan.test")
    for path in ("/sign-in", "/account", "/account/password", "/settings", "/users", "/users/new"):
        page = await browser.page(path)
        for named in page.select(
            "[lang=ko], [href^='/language'], td, dd, p.lead, header, footer, .menu, #firms, title, h1 "
        ):
            named.decompose()
        assert not [c for c in page.text if "가" <= c <= "힣"], path
        if path == "/sign-in":
            await browser.sign_in("boss")
            browser.http.cookies.set("language", "en", domain="sandan.test")


async def test_every_route_of_accounts_declares_its_permission(app):
    """And only signing in is open to everybody."""
    public = []
    for routes in accounts.routes:
        for route in routes.router.routes:
            marked = route.openapi_extra["x-permission"]
            public += [route.path] if marked == "public" else []
    assert public == ["/sign-in", "/sign-in"]


@pytest.fixture
def demo_settings():
    return Settings(demo=True)


async def test_a_demo_signs_its_visitor_in_and_says_so(people, clock, assets, make_browser, demo_settings):
    """As the operator; the header leads to the other roles."""
    demo_accounts(people, clock.now())
    browser = make_browser(
        build_app(demo_settings, people, clock, domains=(accounts,)), host="127.0.0.1:8000"
    )
    answer = await browser.http.get("/account")
    answer = await browser.http.get(answer.headers["location"])
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    page = await browser.page("/account")
    assert "모의" in page.select_one("h1").text
    page = await browser.page("/demo/role")
    assert "시연 로그인" in page.text
    assert len(page.select("tbody tr")) == 8
    assert (await browser.http.get("/users")).status_code == 403
    answer = await browser.send("/demo/role", "/demo/role", login="admin-demo")
    assert answer.status_code == 303
    assert (await browser.http.get("/users")).status_code == 200
    await browser.send("/demo/role", "/demo/role", login="firm-demo")
    assert (await browser.http.get("/api/me")).json()["tenant"] == "firm-2"
    page = await browser.page("/account")
    assert len(page.select("section[aria-labelledby=sessions] tbody tr")) == 1


async def test_a_demo_signed_out_of_asks_before_it_signs_in_again(
    people, clock, assets, make_browser, demo_settings
):
    """Otherwise signing out would seem to do nothing."""
    demo_accounts(people, clock.now())
    browser = make_browser(build_app(demo_settings, people, clock, domains=(accounts,)), host="localhost")
    await browser.http.get("/sign-in")
    answer = await browser.send("/sign-out")
    page = await browser.page(answer.headers["location"])
    assert page.select_one('a.button.primary[href="/sign-in?next=/"]')
    assert page.select_one("form[action='/sign-in']")


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        (Settings(demo=True), "evil.example"),
        (Settings(demo=True), "192.168.0.4:8000"),
        (Settings(demo=True, web=WebSettings(host="0.0.0.0")), "127.0.0.1:8000"),
        (Settings(demo=False), "127.0.0.1:8000"),
    ],
)
async def test_nobody_else_enters_without_a_password(people, clock, assets, make_browser, settings, host):
    """Not by a name that points here, not from the network, not outside a demo."""
    demo_accounts(people, clock.now())
    browser = make_browser(build_app(settings, people, clock, domains=(accounts,)), host=host)
    page = await browser.page("/sign-in")
    assert page.select_one("form[action='/sign-in']")
    assert not page.select('a[href^="/sign-in?next="]')
    await browser.sign_in("boss")
    assert (await browser.http.get("/demo/role")).status_code == 404
    assert (await browser.send("/demo/role", login="admin-demo")).status_code == 404


async def test_a_demos_role_switch_takes_no_real_account(people, clock, assets, make_browser, demo_settings):
    """A demo's store may hold people too; without their password nobody becomes them."""
    demo_accounts(people, clock.now())
    browser = make_browser(build_app(demo_settings, people, clock, domains=(accounts,)), host="127.0.0.1")
    await browser.http.get("/sign-in")
    assert (await browser.send("/demo/role", "/demo/role", login="boss")).status_code == 403
    assert (await browser.http.get("/api/me")).json()["id"] == "operator-demo"


def test_a_process_of_any_role_can_tell_who_is_asking(people, clock, assets):
    """Ingest over HTTP asks for tokens as well; signing in does not hang on the role `web`."""
    for role in ROLES:
        assert build_app(replace(Settings()), people, clock, roles=frozenset({role}), domains=(accounts,))
