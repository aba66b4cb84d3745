"""Messages to the server that no page needs."""

from streamlit.proto.BackMsg_pb2 import BackMsg

__all__ = ["refused"]


def refused() -> list[BackMsg]:
    """What concerns everybody, the server, or the computer that it runs on."""
    install, dismiss, no_operation = (BackMsg() for _each in range(3))
    install.backend_operation_request.install_skills.SetInParent()
    dismiss.backend_operation_request.dismiss_skills_nudge.SetInParent()
    no_operation.backend_operation_request.request_id = "a"
    flags = ("clear_cache", "set_run_on_save", "load_git_info", "debug_disconnect_websocket", "debug_shutdown_runtime")
    return [install, dismiss, no_operation, *(BackMsg(**{flag: True}) for flag in flags), BackMsg()]
