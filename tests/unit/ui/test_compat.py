"""Private names of Streamlit: after an upgrade these tests name the function of `ui/compat.py` to adapt."""

import importlib
import inspect

import pytest
import streamlit
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

FUNCTIONS = {
    "check_auth_provider": ("streamlit.auth_util", "validate_auth_credentials", 1),
    "get_auth_section": ("streamlit.auth_util", "get_secrets_auth_section", 0),
    "get_login_url": ("streamlit.user_info", "generate_login_redirect_url", 1),
    "get_static_folder": ("streamlit.file_util", "get_static_dir", 0),
    "is_authlib_installed": ("streamlit.auth_util", "is_authlib_installed", 0),
    "make_server_path": ("streamlit.url_util", "make_url_path", 2),
    "read_user_cookie": (
        "streamlit.web.server.starlette.starlette_websocket",
        "_get_signed_cookie_with_chunks",
        2,
    ),
}
"""For each function of `ui.compat`: module, name and number of arguments of the function of Streamlit that it calls."""

NAMES = {
    "read_user_cookie": ("streamlit.web.server.starlette.starlette_server_config", "USER_COOKIE_NAME"),
    "get_uploaded_bytes": ("streamlit.runtime.stats", "CacheStat"),
    "StreamlitAuthError": ("streamlit.errors", "StreamlitAuthError"),
}

MEMBERS = {
    "rerun_page": [
        ("streamlit.runtime.runtime", "Runtime", "is_active_session"),
        ("streamlit.runtime.session_manager", "SessionManager", "get_active_session_info"),
        ("streamlit.runtime.app_session", "AppSession", "request_rerun"),
    ],
    "get_uploaded_bytes": [
        ("streamlit.runtime.runtime", "Runtime", "uploaded_file_mgr"),
        ("streamlit.runtime.memory_uploaded_file_manager", "MemoryUploadedFileManager", "get_stats"),
    ],
}


def changed(function: str, name: str) -> str:
    return f"Streamlit {streamlit.__version__} changed {name}: adapt `{function}` in ui/compat.py"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_there_and_takes_the_same_arguments(function: str) -> None:
    module, name, arguments = FUNCTIONS[function]
    found = getattr(importlib.import_module(module), name, None)
    assert found, changed(function, f"{module}.{name}")
    try:
        inspect.signature(found).bind(*["x"] * arguments)
    except TypeError as error:
        pytest.fail(f"{changed(function, f'{module}.{name}')} ({error})")


@pytest.mark.parametrize("function", NAMES)
def test_a_name_is_there(function: str) -> None:
    module, name = NAMES[function]
    assert hasattr(importlib.import_module(module), name), changed(function, f"{module}.{name}")


@pytest.mark.parametrize("function", MEMBERS)
def test_a_class_has_the_members(function: str) -> None:
    for module, kind, member in MEMBERS[function]:
        found = getattr(importlib.import_module(module), kind, None)
        assert hasattr(found, member), changed(function, f"{kind}.{member}")


def test_a_session_has_its_private_members() -> None:
    sources = {
        "self._session_mgr = ": ("streamlit.runtime.runtime", "Runtime"),
        "self._client_state = ": ("streamlit.runtime.app_session", "AppSession"),
    }
    for assignment, (module, kind) in sources.items():
        source = inspect.getsource(getattr(importlib.import_module(module), kind))
        assert assignment in source, changed("rerun_page", f"{kind}: {assignment}")
    assert "fragment_id" in ClientState.DESCRIPTOR.fields_by_name, changed("rerun_page", "ClientState.fragment_id")
    assert "byte_length" in inspect.getsource(importlib.import_module("streamlit.runtime.stats").CacheStat), changed(
        "get_uploaded_bytes", "CacheStat.byte_length"
    )


def test_messages_have_the_fields_that_the_filter_reads() -> None:
    fields = {
        BackMsg: ["rerun_script", "stop_script", "app_heartbeat", "file_urls_request", "backend_operation_request"],
        type(BackMsg().rerun_script): ["fragment_id", "page_script_hash", "is_auto_rerun", "widget_states"],
        WidgetState: ["trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value"],
        type(BackMsg().backend_operation_request): ["deferred_file", "dataframe_chunk"],
        ForwardMsg: ["script_finished"],
    }
    for message, names in fields.items():
        for name in names:
            assert name in message.DESCRIPTOR.fields_by_name, (
                f"Streamlit {streamlit.__version__} changed {message.DESCRIPTOR.name}.{name}: "
                "adapt ui/auth/websocket_filter.py"
            )


def test_every_function_is_checked() -> None:
    from ui import compat  # only here, so that the tests above say which name is missing

    own = {name for name in compat.__all__ if inspect.isfunction(getattr(compat, name))}
    assert own <= {*FUNCTIONS, *NAMES, *MEMBERS}
