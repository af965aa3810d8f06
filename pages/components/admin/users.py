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

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cxr_core.services import Account

_HEAD = ("Name", "Role", "State", "Signs in with", "Last seen", "Added")
_STOPPED = {"disabled", "locked"}


def show_users() -> None:
    """Draw all of it."""
    if is_demo():
        place = show_empty(
            "There are no accounts yet",
            "Press Switch accounts on at the foot of the window, and sign in with the one-time "
            "password that the terminal printed. Or add the first one in a terminal:",
        )
        place.code(
            "python -m cxr_core users add NAME --role administrator",
            language="bash",
            wrap_lines=True,
        )
        return
    _show_outcome()
    accounts = services().people().accounts.all(actor())
    left, right = st.columns(2, gap="large")
    with left:
        _show_new()
    with right:
        _show_changes(accounts)
    st.header("All accounts", anchor=False)
    show_table("All accounts", _HEAD, [_row(each) for each in accounts])


def _show_new() -> None:
    st.header("Add an account", anchor=False)
    with st.form("admin_add", border=False, clear_on_submit=True):
        name = st.text_input(
            "Name or e-mail address",
            max_chars=100,
            placeholder="small letters, digits . - _ + @",
        )
        role = st.selectbox("Role", [each.value for each in Role], key="admin_add_role")
        if st.form_submit_button("Add"):
            _do(
                lambda: _issue(
                    name, services().people().accounts.add(actor(), name, Role(role))
                )
            )
            st.rerun()


def _show_changes(accounts: Sequence[Account]) -> None:
    st.header("Change an account", anchor=False)
    names = [each.name for each in accounts]
    chosen = st.selectbox("Account", names, key="admin_chosen")
    account = next((each for each in accounts if each.name == chosen), None)
    if account is None:
        return
    who = actor()
    if who is not None and who.name == account.name:
        st.caption("This is your own account. Your password you change in the menu above.")
        return
    keeper = services().people().accounts
    other = Role.READER if account.role is Role.ADMINISTRATOR else Role.ADMINISTRATOR
    name = account.name
    with st.container(horizontal=True):
        _confirmed(
            "Reset the password",
            f"The password of {name} is replaced by a one-time password, and every session of "
            "this account ends.",
            lambda: _issue(name, keeper.reset(actor(), name)),
        )
        _confirmed(
            f"Make {other.value}",
            f"{name} becomes {other.value}, and every session of this account ends.",
            lambda: keeper.change_role(actor(), name, other),
        )
        if account.is_disabled:
            st.button("Enable", on_click=_do, args=(lambda: keeper.enable(actor(), name),))
        else:
            _confirmed(
                "Disable",
                f"{name} can no longer sign in, and every session of this account ends. The "
                "account stays, since the audit log names it, and can be enabled again.",
                lambda: keeper.disable(actor(), name),
            )


def _confirmed(label: str, consequence: str, deed: Callable[[], None]) -> None:
    """Draw a button that first says what will happen."""
    with st.popover(label):
        st.markdown(plain(consequence))
        st.button(f"{label} now", key=f"admin_{label}", on_click=_do, args=(deed,))


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
            st.markdown(
                f"One-time password of **{plain(name)}**. It is shown only here and kept "
                "nowhere; at the first sign-in an own one is chosen."
            )
            st.code(password, language=None)
            st.button("I have passed it on", on_click=_forget_issued)


def _forget_issued() -> None:
    st.session_state.pop("admin_issued", None)


def _row(account: Account) -> tuple[str, ...]:
    ways = ["password"] if account.has_password else []
    ways += ["organisation"] if account.is_linked else []
    return (
        account.name,
        account.role.value,
        alarming(account.state) if account.state in _STOPPED else account.state,
        ", ".join(ways) or "nothing yet",
        moment(account.last_seen),
        moment(account.created),
    )
