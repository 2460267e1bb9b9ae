"""The models of the Hub that find what words name. What was checked: see `vision.py`."""

from __future__ import annotations

from core.models.catalog.row import MB, TRANSFORMERS_FILES, Row
from core.models.catalog.specs import DetectSpec

DETECTORS: tuple[Row, ...] = (
    Row(
        task="detect",
        name="grounding-dino",
        title="Grounding DINO-T",
        use="phrases, for a few things at a time",
        tier="full",
        loader="segment.detector",
        source="hub:IDEA-Research/grounding-dino-tiny",
        revision="a2bb814dd30d776dcf7e30523b00659f4f141c71",
        licence="Apache-2.0",
        quality="published: COCO zero-shot box AP 48.4",
        parameters=172_250_626,
        download=689_359_096,
        memory=689 * MB,
        files=("model.safetensors", *TRANSFORMERS_FILES),
        spec=DetectSpec(threshold=0.3, language="en"),
    ),
    Row(
        task="detect",
        name="owlv2",
        title="OWLv2 B/16 ensemble",
        use="many names at once, rare things too",
        tier="full",
        loader="segment.detector",
        source="hub:google/owlv2-base-patch16-ensemble",
        revision="cfd3195ba4ea9592eec887ded089f4c08eff231d",
        licence="Apache-2.0",
        quality="published: LVIS box AP 43.9, rare 40.5",
        parameters=154_966_792,
        download=619_918_824,
        memory=620 * MB,
        files=("model.safetensors", *TRANSFORMERS_FILES),
        spec=DetectSpec(threshold=0.2, language="en"),
    ),
)
