"""Methods without weights, such as Canny or a convolution: what the page says of whatever they made. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Method:
    """One method that is a formula: there is nothing to load, fetch or choose, so it is no `Row`.

    Attributes:
        task: the function that uses it, such as "convolve".
        name: unique within the catalogue; what the `model` of its results says.
        title: its name for people.
        quality: a measured or published figure, with where it comes from.
        licence: SPDX identifier, of the code that computes it.
    """

    task: str
    name: str
    title: str
    quality: str
    licence: str = "Apache-2.0"

    # as every method is; a badge reads them of a row too
    tier: ClassVar[str] = "pocket"
    parameters: ClassVar[int] = 0
    trained_on: ClassVar[str] = ""
    for_research: ClassVar[bool] = False


METHODS: tuple[Method, ...] = (
    Method(task="edges", name="sobel", title="Sobel (OpenCV)", quality="published: ODS .539 on BSDS500 test"),
    Method(task="edges", name="scharr", title="Scharr 3x3 (OpenCV)", quality="classical"),
    Method(task="edges", name="prewitt", title="Prewitt 3x3 (OpenCV)", quality="classical"),
    Method(
        task="edges", name="roberts", title="Roberts cross 2x2 (OpenCV)", quality="published: ODS .483 on BSDS500 test"
    ),
    Method(task="edges", name="laplacian", title="Laplacian (OpenCV)", quality="classical"),
    Method(task="edges", name="log", title="Laplacian of Gaussian (OpenCV)", quality="classical"),
    Method(task="edges", name="dog", title="Difference of Gaussians (OpenCV)", quality="classical"),
    Method(task="edges", name="canny", title="Canny (OpenCV)", quality="published: ODS .611 on BSDS500 test"),
    Method(
        task="convolve",
        name="convolution",
        title="Convolution with one kernel (OpenCV)",
        quality="exact: the sum of products",
    ),
    Method(
        task="canny_stages",
        name="canny-steps",
        title="Canny, step by step (NumPy)",
        quality="equals OpenCV's Canny pixel for pixel",
    ),
)
