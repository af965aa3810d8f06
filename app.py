"""CXR Triage: who is there, navigation, theme and the line that never leaves the screen.

`streamlit run app.py` imports this file and serves `app`. For each visit Streamlit runs it
again, as a script, which draws the frame and the page in it.
"""

import streamlit as st
from starlette.middleware import Middleware
from streamlit.starlette import App

from cxr_core.domain import Role
from cxr_core.errors import CxrError
from pages.components.account.menu import show_account_menu, show_demo_line
from pages.components.account.refusal import show_script_error, stop_unless
from pages.components.parts.states import show_fault
from pages.components.parts.style import apply_parts
from pages.components.server.door import trouble_page
from pages.components.server.gate import Gate
from pages.components.server.headers import SecurityHeaders
from pages.components.server.sign_in import routes
from pages.components.server.start import PlainRefusal, lifespan
from pages.components.server.uploads import upload_routes
from pages.components.session import actor, go_where_wanted, is_demo, warm_up
from pages.components.texts import say
from pages.components.theme import apply_theme, show_research_line

PAGES = {
    "triage": Role.READER,
    "review": Role.READER,
    "compare": Role.READER,
    "performance": Role.READER,
    "data": Role.READER,
    "retrain": Role.ADMINISTRATOR,
    "admin": Role.ADMINISTRATOR,
    "health": Role.ADMINISTRATOR,
}


def draw() -> None:
    """Draw the frame, and in it the page, for those who may see it."""
    st.set_page_config(
        page_title="CXR Triage", layout="wide", initial_sidebar_state="collapsed"
    )
    who, fault = None, ""
    try:
        who = actor(is_use=True)
    except CxrError as error:  # a setting or the database; no page could do without
        fault = str(error)
    may_see = {Role.READER, who.role} if who else set()
    pages = {
        name: st.Page(
            f"pages/{name}.py",
            title=say(f"page-{name}"),
            default=name == "triage",
            visibility="visible" if role in may_see else "hidden",
        )
        for name, role in PAGES.items()
    }
    page = st.navigation(list(pages.values()), position="top")
    go_where_wanted()
    apply_theme()
    apply_parts()
    show_research_line()  # before the page, which may stop early
    if fault:
        show_fault(fault)
        st.stop()
    if who and is_demo():
        show_demo_line()
    elif who:
        show_account_menu(who)
    role = next(PAGES[name] for name, each in pages.items() if each.title == page.title)
    stop_unless(who, role, page.url_path)
    try:
        page.run()
    finally:
        warm_up().start()


if __name__ == "__main__":
    draw()
else:
    app = App(
        "app.py",
        lifespan=lifespan,
        routes=[*routes(), *upload_routes()],
        on_script_error=show_script_error,
        exception_handlers={CxrError: trouble_page},
        middleware=[
            Middleware(PlainRefusal),
            Middleware(SecurityHeaders),
            Middleware(Gate),
        ],
    )
