"""The models of the Hub.

Names, licences and sizes are those of the Hub's own pages as far as stored copies of them show; what no copy showed is
said beside the row. Revisions are commits that several independent projects of 2026 pin; whether they are still the
newest could not be seen, and need not be. Parameters are counted on the architectures that the libraries build.
"""

from __future__ import annotations

from types import MappingProxyType

from core.models.row import MB, Row

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

FULL: tuple[Row, ...] = (
    Row(
        task="classify",
        name="resnet50",
        title="ResNet-50 (A1)",
        tier="full",
        loader="timm_from_folder",
        source="hub:timm/resnet50.a1_in1k",
        revision="767268603ca0cb0bfe326fa87277f19c419566ef",
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
        revision="b43a6303c9fcf176d2d707478a128c2c91e93528",
        licence="Apache-2.0",
        quality="published: ImageNet top-1 82.1%",
        parameters=28_589_128,
        download=114 * MB,
        memory=114 * MB,
        files=("config.json", "model.safetensors"),
    ),
    Row(
        task="zeroshot",
        name="clip-vit-b32",
        title="CLIP ViT-B/32 (OpenAI)",
        tier="full",
        loader="transformers_dual_encoder",
        source="hub:openai/clip-vit-base-patch32",
        revision="3d74acf9a28c67741b2f4f2ea7635f0aaf6f0268",
        licence="MIT",
        quality="published: ImageNet zero-shot 63.3% top-1; Korean retrieval R@1 0.3%",
        parameters=151_277_313,
        download=605 * MB,
        memory=605 * MB,
        # the repository has no model.safetensors: copies of it from 2026 list the pickle only
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
        revision="3f9f96cb90da5dbc758b01813f2f6f1aee24c1ab",
        licence="Apache-2.0",
        quality="published for its forerunner SigLIP-i18n: Korean retrieval R@1 49.5%",
        parameters=375_234_050,
        download=1501 * MB,
        memory=1500 * MB,
        files=("model.safetensors", *_TRANSFORMERS_FILES),
    ),
    Row(
        task="segment",
        name="sam-vit-b",
        title="Segment Anything ViT-B",
        tier="full",
        loader="segment_anything",
        source="hub:ybelkada/segment-anything",
        revision="7790786db131bcdc639f24a915d9f2c331d843ee",
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
        name="sd-turbo",
        title="SD-Turbo",
        tier="full",
        loader="diffusers_text_to_image",
        source="hub:stabilityai/sd-turbo",
        revision="b261bac6fd2cf515557d5d0707481eafa0485ec2",
        licence="Stability AI Community License Agreement",
        quality="published: one 512 px step in 38 ms on an A100",
        parameters=1_289_952_427,
        download=2580 * MB,
        memory=5160 * MB,
        files=_STABLE_DIFFUSION_FILES,
        options=MappingProxyType(
            {"steps": 1, "guidance": 0.0, "size": 512, "size_step": 8, "max_size": 1024, "sharp_preview": False}
            | {"language": "en"}
        ),
    ),
    Row(
        task="inpaint",
        name="sd-inpainting",
        title="Stable Diffusion 1.5 Inpainting",
        tier="full",
        loader="diffusers_inpaint",
        source="hub:stable-diffusion-v1-5/stable-diffusion-inpainting",
        revision="8a4288a76071f7280aedbdb3253bdb9e9d5d84bb",
        licence="CreativeML Open RAIL-M",
        quality="see its model card",
        parameters=1_370_231_295,
        download=2740 * MB,
        memory=5480 * MB,
        files=(*_STABLE_DIFFUSION_FILES, "safety_checker/model.fp16.safetensors"),
        options=MappingProxyType({"steps": 25, "guidance": 7.5, "size": 512}),
    ),
)

DETECTORS: tuple[Row, ...] = (
    Row(
        task="detect",
        name="grounding-dino",
        title="Grounding DINO-T",
        tier="full",
        loader="transformers_detector",
        source="hub:IDEA-Research/grounding-dino-tiny",
        revision="a2bb814dd30d776dcf7e30523b00659f4f141c71",
        licence="Apache-2.0",
        quality="published: COCO zero-shot box AP 48.4",
        parameters=172_250_626,
        download=689_359_096,
        memory=689 * MB,
        files=("model.safetensors", *_TRANSFORMERS_FILES),
        options=MappingProxyType({"threshold": 0.3, "language": "en"}),
    ),
    Row(
        task="detect",
        name="owlv2",
        title="OWLv2 B/16 ensemble",
        tier="full",
        loader="transformers_detector",
        source="hub:google/owlv2-base-patch16-ensemble",
        revision="cfd3195ba4ea9592eec887ded089f4c08eff231d",
        licence="Apache-2.0",
        quality="published: LVIS box AP 43.9, rare 40.5",
        parameters=154_966_792,
        download=619_918_824,
        memory=620 * MB,
        files=("model.safetensors", *_TRANSFORMERS_FILES),
        options=MappingProxyType({"threshold": 0.2, "language": "en"}),
    ),
)
