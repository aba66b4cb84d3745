"""Takes a run's network away from NN Lab: as one file that works offline, and onto a phone through a QR code."""

from __future__ import annotations

from html import escape
from io import BytesIO

import streamlit as st

from nn_core.errors import BadInput
from nn_core.formatting import format_bytes
from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui.app import cache
from ui.app.errors import show_errors
from ui.app.text import escape_markdown, escape_title, show_section_heading
from ui.auth.providers import choose_provider
from ui.http.pad_pages import get_pad_path, get_pages
from ui.http.phone_address import find_phone_origin, get_open_command

__all__ = ["draw_qr_code", "show_take_away"]

_MODULE_PIXELS = 8


def show_take_away(run: RunFolder) -> None:
    """Show the button that opens the dialog, or why this network cannot run in a browser."""
    from nn_core.browser.layers import describe_network
    from nn_core.browser.network import check_runs_in_browser

    try:
        network = cache.get_network(run)
        check_runs_in_browser(network)
        describe_network(network.model, network.spec.shape)
    except BadInput as error:
        st.caption(_("It cannot be taken along as a page. {reason}").format(reason=escape_markdown(str(error))))
        return
    if st.button(
        _("Take it with you"),
        key="take_away",
        icon=":material/smartphone:",
        help=_("This network and a drawing area as one file that works without a connection, or on a phone."),
    ):
        _show_dialog(run)


@st.dialog(_("Take it with you"), width="large", on_dismiss="rerun")
def _show_dialog(run: RunFolder) -> None:
    with show_errors():
        with st.spinner(_("Preparing the network …")):
            pages = get_pages(run)
        st.markdown(
            _(
                "One page with **{run}** and a drawing area. It reads what you draw while you draw it, without NN Lab and without a "
                "connection."
            ).format(run=escape_title(pages.title))
        )
        file, phone = st.columns(2, gap="large")
        with file:
            show_section_heading(_("As a file"))
            st.download_button(
                _("Download the page"),
                pages.file.html,
                file_name=f"{run.name}.html",
                mime="text/html",
                key="download_page",
                icon=":material/download:",
                type="primary",
                on_click="ignore",
            )
            st.caption(
                _("{size}. Open it in any browser, also from a memory stick or an e-mail.").format(
                    size=format_bytes(len(pages.file.html))
                )
            )
        with phone:
            show_section_heading(_("On a phone"))
            _show_phone(run)


def _show_phone(run: RunFolder) -> None:
    """Show the QR code and the address, or how to make the server reachable."""
    visited = st.context.url or ""
    origin = find_phone_origin(visited)
    if origin is None:
        st.markdown(
            _("A phone cannot reach this address, which means this computer only. Start NN Lab with this command:")
        )
        st.code(get_open_command(), language="bash", wrap_lines=True)
        st.caption(
            _(
                "Everyone on the network can then open it. Set passwords first, as the README says under “For a classroom”."
            )
        )
        st.html(
            f'<a href="{escape(get_pad_path(run))}" target="_blank">{escape(_("Open the page on this computer"))}</a>'
        )
        return
    address = f"{origin}{get_pad_path(run)}"
    st.image(draw_qr_code(address), width=240, alt=_("QR code of the address {address}").format(address=address))
    st.caption(_("Point the phone's camera at it, or type the address:"))
    st.code(address, language=None, wrap_lines=True)
    if choose_provider():
        st.caption(_("The phone must log in as you did, because this NN Lab asks for a login."))
    if origin.startswith("http:"):
        st.caption(
            _(
                "The phone must be in the same network. It can save the page, but install it only from an address with https."
            )
        )


def draw_qr_code(text: str) -> bytes:
    """Draw the text as a QR code, black on white with the margin that scanners need: a PNG."""
    import segno

    stream = BytesIO()
    segno.make(text, error="m", micro=False).save(stream, kind="png", scale=_MODULE_PIXELS, border=4)
    return stream.getvalue()
