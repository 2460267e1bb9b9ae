"""What is in the picture, and where the network looked: ImageNet classes and class activation maps."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core import images, models
from core.checks import choice, integer
from core.images import Grey
from core.models.catalog.specs import ClassifySpec
from core.models.memory import out_of_memory
from core.probabilities import softmax
from core.results import Result, Stopwatch

if TYPE_CHECKING:
    from torch import Tensor

    from core.classify.timm import Classifier

METHODS: Mapping[str, str] = MappingProxyType(
    {
        "gradcam": "GradCAM",
        "gradcam++": "GradCAMPlusPlus",
        "xgradcam": "XGradCAM",
        "hirescam": "HiResCAM",
        "layercam": "LayerCAM",
        "eigencam": "EigenCAM",
    }
)


@dataclass(frozen=True, kw_only=True)
class Prediction(Result):
    """The likeliest classes, best first.

    Attributes:
        labels: readable names, such as "tabby".
        probabilities: float32 (top_k,), softmax over all 1000 classes; their sum is at most 1.
        indices: int64 (top_k,), the classes' numbers, 0 to 999.
        wnids: WordNet ids, such as "n02123045".
        glosses: what each name means.
        standout: how far the best class's logit lies above the mean of all 1000, in their standard deviations.
        recognised: whether one of the classes fits, that is, whether `standout` reaches what pictures of the classes
            reach (benchmarks/classify.py); None where that was not measured for the model.
    """

    labels: tuple[str, ...]
    probabilities: npt.NDArray[np.float32]
    indices: npt.NDArray[np.int64]
    wnids: tuple[str, ...]
    glosses: tuple[str, ...]
    standout: float = 0.0
    recognised: bool | None = None

    def __post_init__(self) -> None:
        assert len(self.labels) == len(self.probabilities) == len(self.indices)
        assert (np.diff(self.probabilities) <= 0).all() and self.probabilities.sum() <= 1 + 1e-5


@dataclass(frozen=True, kw_only=True)
class Explanation(Result):
    """Where the evidence for one class lies.

    Attributes:
        heatmap: float32 (H, W) in [0, 1], over the whole picture.
        label: the class it is the evidence for.
        target: that class's number, 0 to 999.
        probability: what `predict` gives that class.
        layer: the layer whose activations were weighted.
        method: a name in METHODS.
    """

    heatmap: Grey
    label: str
    target: int
    probability: float
    layer: str
    method: str

    def __post_init__(self) -> None:
        assert self.heatmap.ndim == 2 and self.heatmap.dtype == np.float32
        assert self.heatmap.min() >= 0 and self.heatmap.max() <= 1


@dataclass(frozen=True, kw_only=True)
class Layers(Result):
    """The layers whose output is a map, first to last.

    Attributes:
        names: what `layer=` takes.
        shapes: (channels, height, width) of each one's output for a centre crop.
    """

    names: tuple[str, ...]
    shapes: tuple[tuple[int, int, int], ...]


def predict(image: object, *, top_k: int = 5, model: str | None = None) -> Prediction:
    """The likeliest ImageNet classes of a picture's centre crop, and whether any of them fits.

    Args:
        image: what `core.images.to_rgb` accepts.
        top_k: how many, 1 to 1000.
        model: a "classify" row of the catalogue; None takes this machine's default.

    Raises:
        InputError: the picture cannot be used, or `top_k` is out of range.
        ModelUnavailable: the model's weights are not on this machine.
    """
    picture, count = images.to_rgb(image), integer("top_k", top_k, 1, 1000)
    with models.borrow("classify", model) as (row, net):
        watch = Stopwatch()
        (logits,) = net.logits([picture])
        shares, standout = softmax(logits), compute_standout(logits)
        best = np.argsort(-shares, kind="stable")[:count]
        least = row.spec_as(ClassifySpec).standout
        return Prediction(
            labels=tuple(net.labels[i] for i in best),
            probabilities=shares[best],
            indices=best,
            wnids=tuple(net.wnids[i] for i in best),
            glosses=tuple(net.glosses[i] for i in best),
            standout=standout,
            recognised=standout >= least if least else None,
            model=row.name,
            seconds=watch.seconds,
        )


def compute_standout(logits: npt.NDArray[np.float32]) -> float:
    """How far the largest of the logits (n,) lies above their mean, in their standard deviations.

    A network answers everything with one of its classes, and softmax cannot say that none fits. Where none does, no
    class stands out: at the same share of kept photos this told more photos of people, drawings and noise from
    pictures of the classes than the largest probability, the largest logit, the energy (Liu et al. 2020) or the
    entropy did.

    >>> round(compute_standout(np.array([4, 0, 0, 0], np.float32)), 3)
    1.732
    """
    return float((logits.max() - logits.mean()) / max(float(logits.std()), 1e-12))


def explain(
    image: object,
    *,
    target: int | str | None = None,
    layer: str | None = None,
    method: str = "gradcam",
    model: str | None = None,
) -> Explanation:
    """Where the evidence for a class lies (Grad-CAM: Selvaraju et al. 2017; the grad-cam library: Gildenblat 2021).

    The network sees the whole picture at the scale at which `predict` sees its centre crop, so the map reaches to
    the picture's borders; both agree where the crop is the whole picture.

    Args:
        image: what `core.images.to_rgb` accepts.
        target: the class: a number 0 to 999, a WordNet id, or a name of it in English or Korean, "호랑이고양이", or a
            part of one, of which the likeliest class is taken; None takes the top class of `predict`.
        layer: one of `list_layers(model).names`; None takes the last.
        method: one of METHODS; "eigencam" asks for no class and ignores the target.
        model: a "classify" row of the catalogue; None takes this machine's default.

    Raises:
        InputError: the picture cannot be used, or there is no such class, layer or method.
        ModelUnavailable: the model's weights are not on this machine.
    """
    picture, name = images.to_rgb(image), choice("method", method, METHODS)
    with models.borrow("classify", model) as (row, net):
        library = _import_grad_cam()
        watch = Stopwatch()
        at = list(net.layers)[-1] if layer is None else choice("layer", layer, net.layers)
        shares = softmax(net.logits([picture])[0])
        index = int(shares.argmax()) if target is None else net.class_index(target, shares)
        heat = out_of_memory.retry_smaller(
            lambda: _activation_map(library, net, net.prepare_whole(picture), index, at, name)
        )
        return Explanation(
            heatmap=images.resize_map(heat, picture.shape[:2]),
            label=net.labels[index],
            target=index,
            probability=float(shares[index]),
            layer=at,
            method=name,
            model=row.name,
            seconds=watch.seconds,
        )


def list_layers(model: str | None = None) -> Layers:
    """The layers that `explain` and `feature_maps` can look into.

    Raises:
        InputError: there is no such model.
        ModelUnavailable: its weights are not on this machine.
    """
    with models.borrow("classify", model) as (row, net):
        watch = Stopwatch()
        shapes = net.layers
        return Layers(names=tuple(shapes), shapes=tuple(shapes.values()), model=row.name, seconds=watch.seconds)


def _import_grad_cam() -> Any:
    import pytorch_grad_cam

    return pytorch_grad_cam


def _activation_map(library: Any, net: Classifier, tensor: Tensor, index: int, layer: str, method: str) -> Grey:
    """Grad-cam's map, float32 (h, w) in [0, 1], for the prepared picture (1, 3, h, w)."""
    target = library.utils.model_targets.ClassifierOutputTarget(index)
    # the weights are frozen: gradients flow from the picture on
    tensor.requires_grad_(True)
    with warnings.catch_warnings():
        # a class whose weights are all negative at this layer has an empty map, and some methods divide by its sum
        warnings.simplefilter("ignore", RuntimeWarning)
        with getattr(library, METHODS[method])(net.net, [net.get_layer(layer)]) as cam:
            found = cam(tensor, targets=[target])[0]
    heat: Grey = np.nan_to_num(found).astype(np.float32)
    return heat
