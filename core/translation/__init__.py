"""Korean and emoji into English, for models that read English only; what was made of a text is always shown.

The words are those of `assets/dictionary`, and `dictionary` says which file has which. `verbs` knows the forms of verbs
and adjectives, `counting` numbers, `endings` particles, `heads` what a word is a kind of; `pieces` reads a phrase name
by name, `arrangement` gives it the word order of English, and `translator` does so for whole texts. Emoji are spelled
by `core.emoji`; which words cannot be English, `core.english` says. What none of them reads stays unread, rather than
taken for what it looks like.
"""

from core.translation.dictionary import everyday_nouns, korean_dictionary
from core.translation.pieces import MAX_NAME_WORDS, Vocabulary
from core.translation.translator import Translation, find_near_words, find_unread_words, to_english, translate_or_refuse

__all__ = [
    "MAX_NAME_WORDS",
    "Translation",
    "Vocabulary",
    "everyday_nouns",
    "find_near_words",
    "find_unread_words",
    "korean_dictionary",
    "to_english",
    "translate_or_refuse",
]
