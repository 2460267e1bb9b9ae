"""What the tabs share: pictures in and out, examples, the badge, the note."""

from demos.ui.html import fact_chips, progress_bar, status_line
from demos.ui.inputs import Dropdown, Number, Radio, Slider
from demos.ui.language import Language, error_toast, localise, report_errors, show_toast, t, visitor_language
from demos.ui.pictures import Picture, ResultPicture
from demos.ui.show_code import Call
from demos.ui.widgets import (
    AUTO,
    LIVE,
    MODEL_QUEUE,
    QUIET,
    add_examples,
    add_note,
    badge_slot,
    code_slot,
    empty_badge,
    empty_outputs,
    labelled_slider,
    model_badge,
    model_keyword,
    model_picker,
    picture_input,
    result_picture,
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
    "ResultPicture",
    "Slider",
    "add_examples",
    "add_note",
    "badge_slot",
    "code_slot",
    "empty_badge",
    "empty_outputs",
    "error_toast",
    "fact_chips",
    "labelled_slider",
    "localise",
    "model_badge",
    "model_keyword",
    "model_picker",
    "picture_input",
    "progress_bar",
    "report_errors",
    "result_picture",
    "show_toast",
    "status_line",
    "t",
    "visitor_language",
]
