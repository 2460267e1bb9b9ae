"""What the tabs share: pictures in and out, examples, the badge, the note."""

from demos.ui.html import chips, line, progress
from demos.ui.inputs import Dropdown, Number, Radio, Slider
from demos.ui.language import Language, answers, language, say, t, tell, toast
from demos.ui.pictures import Picture, Shown
from demos.ui.show_code import Call
from demos.ui.widgets import (
    AUTO,
    LIVE,
    MODEL_QUEUE,
    QUIET,
    badge,
    badge_slot,
    code_slot,
    examples,
    model_picker,
    named,
    note,
    picture,
    shown,
    slider,
    waiting,
)

__all__ = [
    "AUTO",
    "LIVE",
    "MODEL_QUEUE",
    "QUIET",
    "Call",
    "Dropdown",
    "Language",
    "Number",
    "Picture",
    "Radio",
    "Shown",
    "Slider",
    "answers",
    "badge",
    "badge_slot",
    "chips",
    "code_slot",
    "examples",
    "language",
    "line",
    "model_picker",
    "named",
    "note",
    "picture",
    "progress",
    "say",
    "shown",
    "slider",
    "t",
    "tell",
    "toast",
    "waiting",
]
