"""What becomes of a prompt before a picture does: Korean into English, words into tokens."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from typing import Any

from core import checks, models, translation
from core.errors import InputError
from core.results import Result, Stopwatch
from core.texts import ASSETS

TASK = "text_to_image"
MAX_NAME_WORDS = 5  # words of one name: "미소 짓는 눈으로 웃는 얼굴"
PLACEHOLDER = "prompt"  # in a chat, to see what stands before it
VARIATION_SELECTOR = "\ufe0f"  # behind a sign: as a picture, not as text
AND_ENDINGS = ("하고", "이랑", "와", "과", "랑")
# "피자 왼쪽에 고양이" is a cat left of a pizza
PLACES = {"위에": "above", "아래에": "below", "왼쪽에": "left of", "오른쪽에": "right of", "옆에": "next to"}


@dataclass(frozen=True, kw_only=True)
class PromptTokens(Result):
    """A prompt as the text encoder reads it.

    Attributes:
        english: what is encoded; differs from the prompt where that is Korean.
        tokens: its pieces; "##" marks one that continues a word where the tokenizer is MiniLM's.
        read: so many of them fit; the rest is cut off.
    """

    english: str
    tokens: tuple[str, ...]
    read: int


def tokenize_prompt(prompt: str, *, model: str | None = None) -> PromptTokens:
    """Splits a prompt as the model's text encoder does.

    Raises:
        InputError: it is not text, too long, or has a Korean word that the dictionary lacks.
        ModelUnavailable: the model is not on this machine.
    """
    row = models.row(TASK, model)
    text = translate_for_row(checks.plain_text("prompt", prompt, empty=True), row)
    with models.borrow(TASK, row.name) as (_, pipeline):
        watch = Stopwatch()
        pieces = tuple(pipeline.tokenizer.tokenize(text))
        read = min(len(pieces), _max_prompt_tokens(pipeline))
        return PromptTokens(english=text, tokens=pieces, read=read, model=row.name, seconds=watch.seconds)


def find_truncated_text(pipeline: Any, text: str) -> str:
    """The part of the text behind what the text encoder takes: 77 tokens for CLIP's, 32 for the pocket model's.

    FLUX.2 klein takes 512, of which some are a chat's, see its pipeline.
    """
    room = _max_prompt_tokens(pipeline)
    if text.isascii() and len(text) < room:
        return ""  # a token is one letter at least
    ids = pipeline.tokenizer(text, add_special_tokens=False, truncation=False, verbose=False).input_ids
    return str(pipeline.tokenizer.decode(ids[room:])).strip()


def translate_for_row(text: str, row: models.Row) -> str:
    """The text in English where the row's text encoder knows English only."""
    return translate_prompt(spell_emoji(text)) if row.spec.language == "en" else text


def spell_emoji(text: str) -> str:
    """The text with the names of its emoji in their place.

    >>> spell_emoji("\N{CAT FACE}, noto style"), spell_emoji("a cat")
    ('cat face, noto style', 'a cat')
    """
    if text.isascii():
        return text
    text = text.replace(VARIATION_SELECTOR, "")
    longest_first = sorted((sign for sign in english_emoji_names() if sign in text), key=len, reverse=True)
    for sign in longest_first:
        text = text.replace(sign, f" {english_emoji_names()[sign]} ")
    return re.sub(r" +(?=[ ,.;:!?)]|$)", "", text).lstrip() if longest_first else text


def translate_prompt(text: str) -> str:
    """The text with its Korean in English, the longest known name first; without Hangul it stays as it is.

    >>> translate_prompt("강아지와 피자, 파란 배경")
    'puppy and pizza, blue background'

    Raises:
        InputError: a Korean word is in no dictionary.
    """
    if not translation.HANGUL.search(text):
        return text
    parts = re.split(r"\s*([,.;:!?()]+)\s*", text)  # words and punctuation take turns
    return "".join(
        _translate_phrase(part.split()) if i % 2 == 0 else f"{part} " for i, part in enumerate(parts)
    ).strip()


def _translate_phrase(words: list[str]) -> str:
    """Words between two punctuation marks; Korean names the place before the thing."""
    words = [word for word in words if word != "있는"]
    for at, word in enumerate(words):
        if word in PLACES and 0 < at < len(words) - 1:
            return f"{_translate_words(words[at + 1 :])} {PLACES[word]} {_translate_words(words[:at])}"
    return _translate_words(words)


def _translate_words(words: list[str]) -> str:
    said: list[str] = []
    while words:
        count, english = next(filter(None, (_translate_name(words[:n]) for n in range(MAX_NAME_WORDS, 0, -1))), (0, ""))
        if not count:
            known = len(translation.korean_dictionary()) + len(korean_emoji_names())
            raise InputError("text_to_image.unknown_word", got=checks.short_repr(words[0]), words=known)
        said.append(english)
        words = words[count:]
    return " ".join(said)


def _translate_name(words: list[str]) -> tuple[int, str] | None:
    """How many words were read, and their English; None where they are no name."""
    name = " ".join(words)
    if not translation.HANGUL.search(name):
        return (1, name) if len(words) == 1 else None
    endings = [(name, "")]
    endings += [(name.removesuffix(end), " and") for end in AND_ENDINGS if name.endswith(end)]
    endings += [(name[:-1], "")] if name.endswith(translation.PARTICLES) else []
    for stem, joined in endings:
        for known in (translation.korean_dictionary(), korean_emoji_names()):
            if stem in known:
                return len(words), known[stem] + joined
    return None


@functools.lru_cache(maxsize=1)
def korean_emoji_names() -> dict[str, str]:
    """Korean names and keywords of emoji (Unicode CLDR) and their English names."""
    return _load_dictionary("ko_emoji")


@functools.lru_cache(maxsize=1)
def english_emoji_names() -> dict[str, str]:
    """Emoji and their English names (Unicode CLDR)."""
    return _load_dictionary("emoji")


def _load_dictionary(name: str) -> dict[str, str]:
    words: dict[str, str] = json.loads((ASSETS / "dictionary" / f"{name}.json").read_text(encoding="utf-8"))
    return words


def _max_prompt_tokens(pipeline: Any) -> int:
    """How many tokens of a prompt are read."""
    tokenizer = pipeline.tokenizer
    most = min(tokenizer.model_max_length, getattr(pipeline, "tokenizer_max_length", tokenizer.model_max_length))
    if not getattr(tokenizer, "chat_template", None):
        return int(most - tokenizer.num_special_tokens_to_add())
    said = [{"role": "user", "content": PLACEHOLDER}]
    chat = tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True, enable_thinking=False)
    return int(most - len(tokenizer(chat.partition(PLACEHOLDER)[0]).input_ids))
