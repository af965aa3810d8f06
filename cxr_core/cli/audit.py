"""`audit verify|list`: what was done, and whether the log of it is whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cxr_core.cli.parsing import print_table, whole_number
from cxr_core.services import build_services
from cxr_core.store.audit_log import AuditFilter
from cxr_core.use_cases.access import TERMINAL

if TYPE_CHECKING:
    import argparse

    from cxr_core.settings import Settings

_COLUMNS = ("seq", "at", "actor", "action", "subject", "detail")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    parser = commands.add_parser(
        "audit",
        help="verify or list the audit log",
        epilog="example: python -m cxr_core audit verify",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    verify = actions.add_parser(
        "verify",
        help="walk the chain of hashes; exit 1 when it is broken",
        epilog="example: python -m cxr_core audit verify --head HASH",
    )
    verify.add_argument("--head", metavar="HASH", help="a head that was noted earlier")
    verify.set_defaults(run=run_verify)
    listing = actions.add_parser(
        "list",
        help="the newest entries first",
        epilog="example: python -m cxr_core audit list --actor ada --most 20",
    )
    listing.add_argument("--actor", default="", help="only what this one did")
    listing.add_argument("--action", default="", help="only such deeds")
    listing.add_argument("--most", type=whole_number, default=100, help="at most so many")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=run_list)


def run_verify(options: argparse.Namespace, settings: Settings) -> int:
    """Print what was found; 1 when the chain is broken."""
    check = build_services(settings).people().audit.verify(TERMINAL, options.head)
    print(f"entries  {check.entries}")
    print(f"head     {check.head}")
    print(check.fault or "The log is whole. Note the head elsewhere; later it must be in it.")
    return 1 if check.fault else 0


def run_list(options: argparse.Namespace, settings: Settings) -> int:
    """Print entries."""
    wanted = AuditFilter(options.actor, options.action)
    audit = build_services(settings).people().audit
    rows = [
        (
            entry.seq,
            entry.at,
            entry.actor,
            entry.action,
            entry.subject,
            entry.detail if options.json else json.dumps(entry.detail, ensure_ascii=False),
        )
        for entry in audit.entries(TERMINAL, wanted, most=options.most)
    ]
    print_table(_COLUMNS, rows, as_json=options.json)
    return 0
