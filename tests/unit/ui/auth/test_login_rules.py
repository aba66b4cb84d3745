"""Passwords, signed cookies, rate limits, accounts, and the checks when the server starts."""

import ast
import inspect
import stat
import textwrap
import time
from pathlib import Path

import pytest
from processes import ROOT

from ui.auth.cookies import KEPT_SECONDS, VALID_SECONDS, Admission, CookieSigner
from ui.auth.passwords import PASSWORD, VIEWER_PASSWORD, Passwords, RateLimiter, get_network
from ui.auth.permissions import identify_visitor
from ui.auth.providers import AccountProvider
from ui.http.middleware import is_open_to_all, make_middleware

TEACHER, VIEWER = "long enough", "looking only"


@pytest.fixture
def passwords() -> Passwords:
    both = Passwords.from_environment({PASSWORD: TEACHER, VIEWER_PASSWORD: VIEWER})
    assert both
    return both


def test_each_password_has_its_role(passwords: Passwords) -> None:
    assert passwords.find_role(TEACHER) == "teacher"
    assert passwords.find_role(VIEWER) == "viewer"
    for wrong in ("", "x", TEACHER + " ", TEACHER.upper(), "\udcff", "\0" * 32):
        assert passwords.find_role(wrong) is None


def test_without_a_viewer_password_there_are_no_viewers() -> None:
    alone = Passwords.from_environment({PASSWORD: TEACHER})
    assert alone
    assert alone.find_role(TEACHER) == "teacher"
    assert alone.find_role("") is None
    assert Passwords.from_environment({}) is None


def test_passwords_are_compared_in_normalised_unicode() -> None:
    composed = Passwords.from_environment({PASSWORD: "caf\u00e9 noir"})
    assert composed
    assert composed.find_role("cafe\u0301 noir") == "teacher"


def test_passwords_do_not_appear_in_repr_or_str(passwords: Passwords) -> None:
    assert TEACHER not in repr(passwords)
    assert passwords.teacher.hex() not in repr(passwords)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({PASSWORD: "short"}, "has 5 characters"),
        ({PASSWORD: ""}, "has 0 characters"),
        ({PASSWORD: TEACHER, VIEWER_PASSWORD: ""}, "NN_LAB_VIEWER_PASSWORD has 0 characters"),
        ({VIEWER_PASSWORD: VIEWER}, "without NN_LAB_PASSWORD"),
        ({PASSWORD: TEACHER, VIEWER_PASSWORD: TEACHER}, "the same as"),
        ({PASSWORD: TEACHER, "NN_LAB_RUNS_PER_MINUTE": "lots"}, "NN_LAB_RUNS_PER_MINUTE = 'lots'"),
    ],
)
def test_a_server_with_unusable_login_settings_does_not_start(
    environment: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=said) as ended:
        make_middleware()
    assert "\n" not in str(ended.value)


def test_a_public_address_without_a_password_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from streamlit import config

    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path))
    opened: dict[str | None, bool] = {"127.0.0.1": False, "localhost": False, "::1": False, "0.0.0.0": True, None: True}
    given = config.get_option
    for address, is_open in opened.items():
        monkeypatch.setattr(
            config, "get_option", lambda name, address=address: address if name == "server.address" else given(name)
        )
        assert is_open_to_all() == is_open
    make_middleware()
    assert "Everyone on this network can open this NN Lab" in capsys.readouterr().err
    monkeypatch.setenv(PASSWORD, TEACHER)
    assert not is_open_to_all()
    make_middleware()
    assert capsys.readouterr().err == ""


def test_sessions_survive_a_restart_but_not_a_new_password(passwords: Passwords, tmp_path: Path) -> None:
    cookie = CookieSigner(tmp_path, passwords).sign(Admission.now("viewer"))
    again = CookieSigner(tmp_path, passwords).read(cookie)
    assert again
    assert (again.role, again.is_valid) == ("viewer", True)
    other = Passwords.from_environment({PASSWORD: TEACHER, VIEWER_PASSWORD: "another one"})
    assert other
    assert CookieSigner(tmp_path, other).read(cookie) is None
    assert CookieSigner(tmp_path / "elsewhere", passwords).read(cookie) is None
    [key] = tmp_path.glob(".entrance-key*")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_a_damaged_key_is_replaced_and_an_unwritable_folder_reported(
    passwords: Passwords, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / ".entrance-key").write_bytes(b"short")
    cookie = CookieSigner(tmp_path, passwords).sign(Admission.now("teacher"))
    assert CookieSigner(tmp_path, passwords).read(cookie)
    (tmp_path / "file").touch()
    assert CookieSigner(tmp_path / "file", passwords).read(cookie) is None
    assert "cannot be saved" in caplog.text


def test_unsigned_cookies_are_rejected(passwords: Passwords, tmp_path: Path) -> None:
    seal = CookieSigner(tmp_path, passwords)
    role, visitor, since, signature = seal.sign(Admission.now("viewer")).split(".")
    for forged in (
        *("", ".", "...", "teacher", "ä.ö.ü.ß", "\udcff.a.1.b"),
        *(f"teacher.{visitor}.{since}.{signature}", f"{role}.{visitor}.{int(since) + 1}.{signature}"),
        *(
            f"{role}.{visitor}.{since}.",
            f"{role}.{visitor}.{since}.{signature}0",
            f"{role}.{visitor}.{since}{signature}",
        ),
    ):
        assert seal.read(forged) is None, forged


def test_a_login_expires_after_half_a_day() -> None:
    now = int(time.time())
    assert Admission("viewer", "a", now - VALID_SECONDS + 60).is_valid
    assert not Admission("viewer", "a", now - VALID_SECONDS - 1).is_valid
    assert KEPT_SECONDS > VALID_SECONDS


def test_failed_attempts_wait_longer_and_expire() -> None:
    attempts, now, waits = RateLimiter(), 1000.0, []
    for _attempt in range(18):
        if wait := attempts.get_wait_seconds("a", now, is_known=False):
            waits.append(wait)
            assert attempts.get_wait_seconds("a", now + wait - 1, is_known=False) == 1
            assert attempts.get_wait_seconds("b", now, is_known=False) == 0
            now += wait
            assert attempts.get_wait_seconds("a", now, is_known=False) == 0
        attempts.record_failure("a", now, is_known=False)
    assert waits == [2, 4, 8, 16, 30, 30, 30, 30]
    assert attempts.get_wait_seconds("a", now + 901, is_known=False) == 0


def test_many_addresses_are_slowed_but_a_known_browser_is_not() -> None:
    attempts = RateLimiter()
    for number in range(100):
        assert attempts.get_wait_seconds(f"address {number}", 0.0, is_known=False) == 0
        attempts.record_failure(f"address {number}", 0.0, is_known=False)
    assert attempts.get_wait_seconds("a newcomer", 10.0, is_known=False) == 50
    assert attempts.get_wait_seconds("the teacher's browser", 10.0, is_known=True) == 0
    assert attempts.get_wait_seconds("a newcomer", 60.0, is_known=False) == 0


def test_a_million_addresses_do_not_fill_the_memory() -> None:
    attempts = RateLimiter()
    for number in range(30_000):
        attempts.record_failure(f"address {number}", float(number), is_known=True)
    assert len(attempts._failures) == 10_000


def test_ipv6_addresses_count_per_network() -> None:
    assert get_network("2001:db8:1:2:aaaa::1") == get_network("2001:db8:1:2:bbbb::2") == "2001:db8:1:2::/64"
    assert get_network("2001:db8:1:3::1") != get_network("2001:db8:1:2::1")
    assert get_network("::ffff:192.0.2.1") == get_network("192.0.2.1") == "192.0.2.1"
    assert get_network("no address") == "no address"


def role_in(entrance: AccountProvider, **user: object) -> str | None:
    """What such an account is. A new log-in with a verified address, unless something else is said."""
    now = {"is_logged_in": True, "sub": "1", "iat": int(time.time()), "email_verified": True}
    admission = entrance.admit_user({**now, **user})
    return admission.role if admission else None


def test_accounts_have_the_role_that_the_owner_gave_them() -> None:
    school = AccountProvider(["default"], frozenset({"t@school.example"}), frozenset({"@school.example"}))
    everybody = AccountProvider(["default"], frozenset({"@staff.example"}), None)
    assert role_in(school, email="T@School.example") == "teacher"
    assert role_in(school, email="p@school.example") == "viewer"
    assert role_in(school, email="p@notschool.example") is None
    assert role_in(school, email="t@school.example@evil.example") is None
    assert role_in(school) is None
    assert role_in(everybody, email="x@staff.example") == "teacher"
    assert role_in(everybody, email="x@anywhere.example") == "viewer"
    assert role_in(everybody, is_logged_in=False, email="x@staff.example") is None
    assert school.find_admission({}) is None
    assert school.find_admission({"_streamlit_user": "forged"}) is None


@pytest.mark.parametrize("verified", [None, False, "false", "no", 0, 2, [], "True "])
def test_an_unverified_email_address_is_ignored(verified: object) -> None:
    everybody = AccountProvider(["default"], frozenset({"t@school.example"}), None)
    trusting = AccountProvider(["default"], frozenset({"t@school.example"}), None, trusts_unverified=True)
    user = {"email": "t@school.example", "email_verified": verified}
    assert role_in(everybody, **user) == "viewer"
    assert role_in(trusting, **user) == ("teacher" if verified is None else "viewer")
    assert role_in(everybody, **user | {"email_verified": "true"}) == "teacher"


def test_an_account_is_admitted_for_half_a_day_after_its_log_in() -> None:
    school, now = AccountProvider(["default"], frozenset({"t@school.example"}), None), int(time.time())
    assert role_in(school, iat=now - VALID_SECONDS + 60) == "viewer"
    for too_long_ago in (now - VALID_SECONDS - 1, None, "now"):
        assert role_in(school, iat=too_long_ago) is None


def test_an_account_is_read_from_the_cookie_that_streamlit_signed() -> None:
    import json

    from streamlit.web.server.server_util import get_cookie_secret
    from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

    said = {"is_logged_in": True, "email": "t@school.example", "email_verified": True, "iat": int(time.time())}
    cookie = create_signed_value(get_cookie_secret(), "_streamlit_user", json.dumps(said)).decode()
    admission = AccountProvider(["default"], frozenset({"t@school.example"}), frozenset()).find_admission(
        {"_streamlit_user": cookie}
    )
    assert admission
    assert (admission.role, admission.visitor) == ("teacher", "t@school.example")


def test_visitors_are_counted_by_account_or_address_or_browser() -> None:
    accounts = AccountProvider(["default"], frozenset({"t@school.example"}), None)
    admission = Admission("viewer", "p@school.example", 0)
    assert identify_visitor(accounts, admission, "192.0.2.1") == "p@school.example"
    assert identify_visitor(None, None, "192.0.2.1") == "192.0.2.1"
    assert identify_visitor(None, None, None) == identify_visitor(None, None, "127.0.0.1") == "here"


def test_secrets_are_compared_in_constant_time() -> None:
    """Read from the sources: how long a comparison takes cannot be measured surely here."""
    for function, secrets in ((Passwords.find_role, 2), (CookieSigner.read, 1)):
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
        assert calls.count("hmac.compare_digest") == secrets
        compared = [each for node in ast.walk(tree) if isinstance(node, ast.Compare) for each in node.ops]
        assert not [each for each in compared if not isinstance(each, ast.Is | ast.IsNot | ast.In)]
    gate = ast.parse((ROOT / "ui/auth/gate.py").read_text(encoding="utf-8"))
    looked_at = [ast.unparse(node) for node in ast.walk(gate) if isinstance(node, ast.Compare)]
    assert not [each for each in looked_at if "given" in each or "password" in each]
