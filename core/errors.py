"""What can go wrong, as one sentence: what was expected, what came, what cures it.

PlaygroundError
 +-- InputError            the caller's value cannot be used
 +-- ModelUnavailable      the weights are not on this machine and could not be fetched, or do not fit into its memory
 +-- OutOfMemory           the machine has too little memory for what was asked
 +-- Cancelled             the viewer stopped the work
"""

from __future__ import annotations

from core import texts


class PlaygroundError(Exception):
    """A sentence of the catalogue with its facts; `str` is the English one."""

    def __init__(self, key: str, **facts: object) -> None:
        super().__init__(key)
        self.key = key
        self.facts = facts

    def message_in(self, language: str) -> str:
        """The sentence in `language`, "en" or "ko"."""
        facts = self.facts
        if isinstance(name := facts.get("name"), str):
            facts = {**facts, "name": texts.name_parameter(name, language)}
        return texts.format_sentence(self.key, language, **facts)

    def __str__(self) -> str:
        return self.message_in("en")


class InputError(PlaygroundError):
    """The caller's value cannot be used."""


class ModelUnavailable(PlaygroundError):
    """The weights are not here and could not be fetched, or do not fit into the memory; the sentence has the cure."""


class OutOfMemory(PlaygroundError):
    """The machine has too little memory for what was asked, in whatever pieces it is computed."""

    def __init__(self, name: str) -> None:
        super().__init__("errors.memory", name=name)


class Cancelled(PlaygroundError):
    """The viewer stopped the work."""

    def __init__(self) -> None:
        super().__init__("errors.cancelled")
