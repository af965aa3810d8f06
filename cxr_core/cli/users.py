"""`users add|list|disable|enable|reset|role`: who may sign in, and as what."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from cxr_core.cli.parsing import print_table
from cxr_core.domain import Role
from cxr_core.services import build_services
from cxr_core.use_cases.access import TERMINAL

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from cxr_core.settings import Settings
    from cxr_core.use_cases.accounts.accounts import Account, Accounts

_COLUMNS = ("name", "role", "state", "signs in with", "last seen")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    parser = commands.add_parser(
        "users",
        help="add, list or change accounts",
        description="Who may sign in. Whoever may run this owns the data folder already.",
        epilog="example: python -m cxr_core users add ada --role administrator",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    adding = _action(actions, "add", "an account; prints its one-time password", run_add)
    adding.add_argument("--role", choices=list(Role), default=Role.READER.value)
    _action(actions, "disable", "shut an account and end its sessions", run_disable)
    _action(actions, "enable", "open an account again", run_enable)
    _action(actions, "reset", "print a new one-time password and end the sessions", run_reset)
    changing = _action(actions, "role", "give an account another role", run_role, " reader")
    changing.add_argument("role", choices=list(Role))
    listing = actions.add_parser(
        "list",
        help="a line per account",
        epilog="example: python -m cxr_core users list --json",
    )
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=run_list)


def run_add(options: argparse.Namespace, settings: Settings) -> int:
    """Add an account."""
    password = _accounts(settings).add(TERMINAL, options.name, Role(options.role))
    return _tell(options.name, password)


def run_disable(options: argparse.Namespace, settings: Settings) -> int:
    """Shut an account."""
    _accounts(settings).disable(TERMINAL, options.name)
    return 0


def run_enable(options: argparse.Namespace, settings: Settings) -> int:
    """Open an account again."""
    _accounts(settings).enable(TERMINAL, options.name)
    return 0


def run_reset(options: argparse.Namespace, settings: Settings) -> int:
    """Replace a password."""
    return _tell(options.name, _accounts(settings).reset(TERMINAL, options.name))


def run_role(options: argparse.Namespace, settings: Settings) -> int:
    """Change a role."""
    _accounts(settings).change_role(TERMINAL, options.name, Role(options.role))
    return 0


def run_list(options: argparse.Namespace, settings: Settings) -> int:
    """Print all accounts."""
    rows = [_row(account) for account in _accounts(settings).all(TERMINAL)]
    print_table(_COLUMNS, rows, as_json=options.json)
    return 0


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    told: str,
    run: Callable[[argparse.Namespace, Settings], int],
    more: str = "",
) -> argparse.ArgumentParser:
    example = f"example: python -m cxr_core users {name} ada{more}"
    parser = actions.add_parser(name, help=told, epilog=example)
    parser.add_argument("name")
    parser.set_defaults(run=run)
    return parser


def _accounts(settings: Settings) -> Accounts:
    return build_services(settings).people().accounts


def _tell(name: str, password: str) -> int:
    print(f"name      {name.strip().lower()}")
    print(f"password  {password}")
    print("It is good for one sign-in, at which an own password is chosen.")
    return 0


def _row(account: Account) -> tuple[str, ...]:
    ways = ["password"] if account.has_password else []
    ways += ["organisation"] if account.is_linked else []
    seen = account.last_seen
    when = "" if seen is None else _utc(seen)
    return account.name, account.role.value, account.state, ", ".join(ways), when


def _utc(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.isoformat(timespec="seconds")
