"""Accounts: a table, a form for a new one, and what can be done with each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.domain import Role
from cxr_core.errors import CxrError
from pages.components.parts.states import show_empty, show_fault
from pages.components.parts.tables import alarming, show_table
from pages.components.parts.times import moment
from pages.components.session import actor, is_demo, services
from pages.components.text import plain
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cxr_core.services import Account

_HEAD = ("name", "role", "state", "ways", "seen", "added")
_STOPPED = {"disabled", "locked"}


def show_users() -> None:
    """Draw all of it."""
    if is_demo():
        place = show_empty(say("admin-none"), say("admin-none-told"))
        place.code(say("admin-none-add"), language="bash", wrap_lines=True)
        return
    _show_outcome()
    accounts = services().people().accounts.all(actor())
    left, right = st.columns(2, gap="large")
    with left:
        _show_new()
    with right:
        _show_changes(accounts)
    st.header(say("admin-users"), anchor=False)
    head = [say(f"admin-users-head-{name}") for name in _HEAD]
    show_table(say("admin-users"), head, [_row(each) for each in accounts])


def _show_new() -> None:
    st.header(say("admin-add-title"), anchor=False)
    with st.form("admin_add", border=False, clear_on_submit=True):
        name = st.text_input(
            say("admin-add-name"),
            max_chars=100,
            placeholder=say("admin-add-letters"),
        )
        roles = [each.value for each in Role]
        role = st.selectbox(say("admin-add-role"), roles, key="admin_add_role")
        if st.form_submit_button(say("admin-add")):
            _do(
                lambda: _issue(
                    name, services().people().accounts.add(actor(), name, Role(role))
                )
            )
            st.rerun()


def _show_changes(accounts: Sequence[Account]) -> None:
    st.header(say("admin-change-title"), anchor=False)
    names = [each.name for each in accounts]
    chosen = st.selectbox(say("admin-change-account"), names, key="admin_chosen")
    account = next((each for each in accounts if each.name == chosen), None)
    if account is None:
        return
    who = actor()
    if who is not None and who.name == account.name:
        st.caption(say("admin-change-own"))
        return
    with st.container(horizontal=True):
        _show_deeds(account)


def _show_deeds(account: Account) -> None:
    keeper = services().people().accounts
    other = Role.READER if account.role is Role.ADMINISTRATOR else Role.ADMINISTRATOR
    name = account.name
    _confirmed("reset", name, lambda: _issue(name, keeper.reset(actor(), name)))
    _confirmed(f"make-{other.value}", name, lambda: keeper.change_role(actor(), name, other))
    if account.is_disabled:
        enable = say("admin-enable")
        st.button(enable, on_click=_do, args=(lambda: keeper.enable(actor(), name),))
    else:
        _confirmed("disable", name, lambda: keeper.disable(actor(), name))


def _confirmed(what: str, name: str, deed: Callable[[], None]) -> None:
    """Draw a button that first says what will happen."""
    with st.popover(say(f"admin-do-{what}")):
        st.markdown(say(f"admin-do-{what}-told", name=plain(name)))
        st.button(say(f"admin-do-{what}-now"), key=f"admin_{what}", on_click=_do, args=(deed,))


def _do(deed: Callable[[], None]) -> None:
    """Do it in the name of who asks at this moment, and keep what went wrong for the page."""
    st.session_state.pop("admin_issued", None)
    try:
        deed()
    except CxrError as error:
        st.session_state.admin_fault = str(error)


def _issue(name: str, password: str) -> None:
    st.session_state.admin_issued = (name.strip().lower(), password)


def _show_outcome() -> None:
    if fault := st.session_state.pop("admin_fault", ""):
        show_fault(fault)
    if issued := st.session_state.get("admin_issued"):
        name, password = issued
        with st.container(border=True, key="admin-issued"):
            st.markdown(say("admin-issued", name=plain(name)))
            st.code(password, language=None)
            st.button(say("admin-issued-done"), on_click=_forget_issued)


def _forget_issued() -> None:
    st.session_state.pop("admin_issued", None)


def _row(account: Account) -> tuple[str, ...]:
    return (
        account.name,
        account.role.value,
        alarming(account.state) if account.state in _STOPPED else account.state,
        say(f"admin-way-{_way(account)}"),
        moment(account.last_seen),
        moment(account.created),
    )


def _way(account: Account) -> str:
    if account.has_password and account.is_linked:
        return "both"
    if account.has_password:
        return "password"
    return "organisation" if account.is_linked else "none"
