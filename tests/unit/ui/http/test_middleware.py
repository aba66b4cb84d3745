"""The content security policy."""

from ui.http.middleware import CONTENT_SECURITY_POLICY


def test_the_policy_names_no_host_and_allows_no_inline_script_and_no_eval() -> None:
    policy = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    assert "'unsafe-inline'" not in policy["script-src"]
    known = {"'self'", "'none'", "data:", "blob:", "'unsafe-inline'", "'wasm-unsafe-eval'"}
    assert {source for sources in policy.values() for source in sources.split()} <= known
    assert policy["default-src"] == policy["connect-src"] == "'self'"
    assert policy["script-src"] == "'self' blob: 'wasm-unsafe-eval'"
