"""Accounts, all the way: a real provider on this computer, its signed tokens, and what each of its people may do here."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from openid_provider import Provider, provider, write_secrets
from processes import ROOT, end_workers
from serving import serve
from visitors import ask
from websocket_client import fragments, headings, opened, run_fragment, run_page

TEACHER, PUPIL = "T.Teacher@school.example", "pupil@school.example"
HALF_A_DAY = 12 * 3600


@dataclass(frozen=True)
class School:
    url: str
    provider: Provider

    def log_in(self, **user: object) -> httpx.Client:
        """The browser of a person whom the provider describes like this, after all redirects."""
        self.provider.user = user
        browser = httpx.Client(base_url=self.url, headers={"Accept": "text/html"}, follow_redirects=True)
        browser.get("/log-in")
        return browser


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    folder = tmp_path_factory.mktemp("school")
    environment = {
        **{"NN_LAB_RUNS": str(folder / "runs"), "NN_LAB_SPARE_WORKER": "no"},
        **{"NN_LAB_TEACHERS": TEACHER, "NN_LAB_VIEWERS": "@school.example"},
    }
    with provider() as served:
        file, port = write_secrets(folder, served)
        option = f"--secrets.files={file}"
        with serve(ROOT / "app.py", ROOT, folder / "log", environment, option, port=port) as (url, _process):
            yield School(url, served)
    end_workers(folder / "runs")


def cookies(browser: httpx.Client) -> str:
    return "; ".join(f"{each.name}={each.value}" for each in browser.cookies.jar)


def page_headers(school: School, browser: httpx.Client) -> dict[str, str]:
    """With what Streamlit's frontend opens a page, so that it knows who that is."""
    browser.get("/_stcore/health")
    return {"token": browser.cookies["_streamlit_xsrf"], "Cookie": cookies(browser), "Origin": school.url}


def test_before_login_only_the_way_to_the_provider_is_open(school: School) -> None:
    for path in ("/", "/train", "/_stcore/host-config", "/media/a.png", "/auth/login/x", "/oauth2callback/x"):
        assert ask(school.url, path).status == 401
    assert 'href="/log-in?with=default"' in ask(school.url, "/draw").body
    first = ask(school.url, "/log-in?with=default")
    assert first.status == 303
    assert first.headers["Location"].startswith("/auth/login?provider=")
    second = ask(school.url, first.headers["Location"])
    assert second.headers["Location"].startswith(f"{school.provider.url}/authorize?")
    assert ask(school.url, "/log-in", "POST").status == 401
    assert ask(school.url, "/oauth2callback?code=x&state=y").headers["Location"] == "/"
    assert ask(school.url, "/auth/logout").headers["Location"] == "/"


@pytest.mark.parametrize(("email", "verified", "role"), [(TEACHER, True, "Teacher"), (PUPIL, "true", "Look and draw")])
def test_listed_accounts_get_their_role(school: School, email: str, verified: object, role: str) -> None:
    browser = school.log_in(email=email, email_verified=verified)
    assert browser.get("/train").status_code == 200
    with opened(school.url, **page_headers(school, browser)) as page:
        told = run_page(page, "train")
        assert any(role in message.delta.new_element.markdown.body for message in told)
        start = next(
            button for message in told if (button := message.delta.new_element.button).label == "Start training"
        )
        assert start.disabled == (role != "Teacher")


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ({"email": "x@elsewhere.example", "email_verified": True}, "Your account has no access"),
        ({"email": TEACHER, "email_verified": False}, "Your account has no access"),
        ({"email": TEACHER, "email_verified": "false"}, "Your account has no access"),
        ({"email": TEACHER}, "Your provider does not say whether T.Teacher@school.example is verified"),
        ({}, "Your account has no access"),
    ],
)
def test_unlisted_or_unverified_accounts_are_refused(school: School, user: dict[str, object], said: str) -> None:
    browser = school.log_in(**user)
    answer = browser.get("/train")
    assert answer.status_code == 403
    assert said in answer.text
    assert browser.get("/_stcore/host-config").status_code == 403


def test_an_account_has_to_log_in_again_after_half_a_day(school: School) -> None:
    browser = school.log_in(email=TEACHER, email_verified=True, iat=int(time.time()) - HALF_A_DAY - 1)
    answer = browser.get("/train")
    assert answer.status_code == 401
    assert re.search(r"\balert\b", answer.text) is None  # nothing is wrong with the account
    assert school.log_in(email=TEACHER, email_verified=True).get("/train").status_code == 200


def test_logging_out_ends_every_copy_of_the_cookie_and_every_open_page(school: School) -> None:
    browser = school.log_in(email=PUPIL, email_verified=True)
    headers = page_headers(school, browser)
    with opened(school.url, **headers) as page:
        part = fragments(run_page(page, "draw"))[0]
        browser.get("/auth/logout")
        assert headings(run_fragment(page, "draw", part)) == ["You are logged out"]
    assert browser.get("/draw").status_code == 401
    assert ask(school.url, "/draw", cookie=headers["Cookie"]).status == 401
