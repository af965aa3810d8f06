"""Passwords: what is accepted, how one is kept, and those that are good for one sign-in."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cxr_core.errors import AccessError

LEAST_LENGTH, MOST_LENGTH = 12, 256
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another
_GROUPS, _GROUP_LENGTH = 4, 5  # 99 bits


def one_time_password() -> str:
    """Make a password that can be read out over a telephone: four groups of five."""
    groups = (
        "".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS)
    )
    return "-".join(groups)


def check_password(name: str, password: str) -> None:
    """Refuse what is easily guessed.

    Raises
    ------
    AccessError
        When the password is too short, too long, or the name.
    """
    length = len(password)
    if not LEAST_LENGTH <= length <= MOST_LENGTH:
        raise AccessError(
            f"The new password has {length} characters; expected {LEAST_LENGTH} to "
            f"{MOST_LENGTH}. Four or five words that do not belong together are good."
        )
    if not password.casefold().replace(name, ""):
        raise AccessError("The new password is the name. Choose another one.")
    if len(set(password)) < 4:
        raise AccessError("The new password repeats itself. Choose another one.")


class Passwords:
    """Argon2id with the parameters of the library, which grow with its releases."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    def hashed(self, password: str) -> str:
        """Return what is kept of a password. Two people who type differently agree (NFKC)."""
        return self._hasher.hash(_normal(password))

    def matches(self, kept: str | None, password: str) -> bool:
        """Tell whether a password is right; where there is none it takes just as long."""
        try:
            self._hasher.verify(kept or self._decoy, _normal(password[: MOST_LENGTH + 1]))
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Tell whether today's parameters are others."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _decoy(self) -> str:
        return self._hasher.hash(secrets.token_hex())


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
