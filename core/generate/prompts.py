"""What becomes of a prompt before a picture does: Korean into English, words into tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core import checks, models, translation
from core.results import Result, Stopwatch

TASK = "text_to_image"
PLACEHOLDER = "prompt"  # in a chat, to see what stands before it


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
        InputError: it is not text, too long, or has no word that the model reads.
        ModelUnavailable: the model is not on this machine.
    """
    row = models.row(TASK, model)
    text = translate_for_row(checks.plain_text("prompt", prompt, empty=True), row)
    with models.borrow(TASK, row.name) as (_, pipeline):
        watch = Stopwatch()
        pieces = tuple(pipeline.tokenizer.tokenize(text))
        read = min(len(pieces), _max_prompt_tokens(pipeline))
        return PromptTokens(
            english=text,
            tokens=pieces,
            read=read,
            left_out=find_left_out(row, prompt),
            near=find_near(row, prompt),
            model=row.name,
            seconds=watch.seconds,
        )


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
    """The text in English where the row's text encoder knows English only, without the words that are not understood.

    Raises:
        InputError: the row wants English, and no word is that or Korean of the dictionary.
    """
    if row.spec.language != "en":
        return text
    return translation.translate_or_refuse(text, unknown="text_to_image.unknown_word", vocabulary=row.spec.vocabulary)


def find_left_out(row: models.Row, *texts: str) -> tuple[str, ...]:
    """The words of prompts that the row's text encoder does not get, as they are not understood."""
    if row.spec.language != "en":
        return ()
    return translation.find_unread_words(*texts, vocabulary=row.spec.vocabulary)


def find_near(row: models.Row, *texts: str) -> tuple[str, ...]:
    """The words of prompts that the row's text encoder gets as the kind of thing they are."""
    if row.spec.language != "en":
        return ()
    return translation.find_near_words(*texts, vocabulary=row.spec.vocabulary)


def _max_prompt_tokens(pipeline: Any) -> int:
    """How many tokens of a prompt are read."""
    tokenizer = pipeline.tokenizer
    most = min(tokenizer.model_max_length, getattr(pipeline, "tokenizer_max_length", tokenizer.model_max_length))
    if not getattr(tokenizer, "chat_template", None):
        return int(most - tokenizer.num_special_tokens_to_add())
    said = [{"role": "user", "content": PLACEHOLDER}]
    chat = tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True, enable_thinking=False)
    return int(most - len(tokenizer(chat.partition(PLACEHOLDER)[0]).input_ids))
