"""All names of Streamlit used here that are not part of its public interface.

`tests/unit/ui/test_compat.py` checks each of them and says after an upgrade what to adapt in this file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from streamlit import config, file_util, runtime
from streamlit.auth_util import get_secrets_auth_section, is_authlib_installed
from streamlit.auth_util import validate_auth_credentials as check_auth_provider
from streamlit.errors import StreamlitAuthError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.stats import CacheStat
from streamlit.url_util import make_url_path
from streamlit.user_info import generate_login_redirect_url as get_login_url
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import _get_signed_cookie_with_chunks

__all__ = [
    "BackMsg",
    "ForwardMsg",
    "StreamlitAuthError",
    "check_auth_provider",
    "get_auth_section",
    "get_login_url",
    "get_static_folder",
    "get_uploaded_bytes",
    "is_authlib_installed",
    "make_server_path",
    "read_user_cookie",
    "rerun_page",
]


def make_server_path(name: str) -> str:
    """The URL path of this name below `server.baseUrlPath`."""
    path: str = make_url_path(config.get_option("server.baseUrlPath") or "", name)
    return path


def get_static_folder() -> Path:
    """The folder with Streamlit's index.html and scripts."""
    return Path(file_util.get_static_dir())


def get_uploaded_bytes() -> int:
    """Size of the uploaded files that Streamlit keeps in memory for open pages."""
    if not runtime.exists():
        return 0
    stats = runtime.get_instance().uploaded_file_mgr.get_stats()
    return sum(stat.byte_length for family in stats.values() for stat in family if isinstance(stat, CacheStat))


def rerun_page(session_id: str) -> None:
    """Run the whole script of an open page again, with the values that its widgets have."""
    if info := runtime.get_instance()._session_mgr.get_active_session_info(session_id):
        state = ClientState()
        state.CopyFrom(info.session._client_state)
        state.fragment_id = ""  # the whole page
        info.session.request_rerun(state)


def read_user_cookie(cookies: Mapping[str, str]) -> Mapping[str, object]:
    """The claims of the user who has logged in with an account, from the cookie that Streamlit signed; empty without a valid one."""
    signed = _get_signed_cookie_with_chunks(dict(cookies), USER_COOKIE_NAME)
    user = json.loads(signed) if signed else {}
    return user if isinstance(user, dict) else {}


def get_auth_section() -> Mapping[str, object]:
    """`[auth]` in secrets.toml; empty if there is none."""
    return get_secrets_auth_section() or {}
