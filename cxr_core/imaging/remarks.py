"""What decoding has to tell the reader: sentences for people, flags for the triage."""

from __future__ import annotations

from dataclasses import dataclass, field

TURNED_ROUND = "The greys were turned round by hand."


@dataclass(slots=True)
class Remarks:
    """Collected while one film is decoded, then frozen into its Provenance."""

    flags: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, sentence: str, flag: str | None = None) -> None:
        """Note a sentence, once, and its flag if it has one."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)
        if flag is not None:
            self.add_flag(flag)

    def add_flag(self, flag: str) -> None:
        """Note a flag, once."""
        if flag not in self.flags:
            self.flags.append(flag)
