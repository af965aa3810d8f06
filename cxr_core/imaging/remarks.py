"""What decoding has to tell the reader: sentences for people, flags for the triage."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Remarks:
    """Collected while one film is decoded, then frozen into its Provenance."""

    flags: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, sentence: str, flag: str | None = None) -> None:
        """Note a sentence, once, and its flag if it has one."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)
        if flag is not None and flag not in self.flags:
            self.flags.append(flag)
