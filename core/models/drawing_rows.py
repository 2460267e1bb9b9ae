"""The models of the Hub that draw: pictures from words, along edges, into holes. What was checked: see `full_rows`."""

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
_SDXL_FILES = (
    *_STABLE_DIFFUSION_FILES,
    "text_encoder_2/model.fp16.safetensors",
    "tokenizer_2/vocab.json",
    "tokenizer_2/merges.txt",
)

DRAWING: tuple[Row, ...] = (
    Row(
        task="text_to_image",
        name="sd-turbo",
        title="SD-Turbo",
        use="a picture in one step, while people watch: the default on a GPU",
        tier="full",
        loader="diffusers_text_to_image",
        source="hub:stabilityai/sd-turbo",
        revision="b261bac6fd2cf515557d5d0707481eafa0485ec2",
        licence="Stability AI Community License Agreement",
        quality="published: one 512 px step in 38 ms on an A100",
        unverified="the 38 ms: its source was not seen; the licence's text was seen with SDXL-Turbo only",
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
        task="text_to_image",
        name="sd15",
        title="Stable Diffusion 1.5",
        use="many steps to look at, ControlNet and LoRA lessons",
        tier="full",
        loader="diffusers_text_to_image",
        source="hub:stable-diffusion-v1-5/stable-diffusion-v1-5",
        revision="451f4fe16113bff5a5d2269ed5ad43b0592e9a14",
        licence="CreativeML Open RAIL-M",
        quality="see its model card",
        unverified="the safety checker's files: only copies of the repository showed them",
        parameters=1_370_216_895,
        download=2_741 * MB,
        memory=5_481 * MB,
        files=(*_STABLE_DIFFUSION_FILES, "safety_checker/model.fp16.safetensors"),
        options=MappingProxyType(
            {"steps": 25, "guidance": 7.5, "size": 512, "size_step": 8, "max_size": 768, "sharp_preview": False}
            | {"language": "en"}
        ),
    ),
    Row(
        task="text_to_image",
        name="sdxl-turbo",
        title="SDXL-Turbo",
        use="finer pictures than SD-Turbo in one step, on a larger GPU",
        tier="full",
        loader="diffusers_text_to_image",
        source="hub:stabilityai/sdxl-turbo",
        revision="71153311d3dbb46851df1931d3ca6e939de83304",
        licence="Stability AI Community License Agreement",
        quality="published: one 512 px picture in 207 ms on an A100",
        unverified="the first text encoder's files and the exact sizes: those of SDXL, with the same networks",
        parameters=3_468_837_867,
        download=6_940 * MB,
        memory=13_876 * MB,
        files=_SDXL_FILES,
        options=MappingProxyType(
            {"steps": 1, "guidance": 0.0, "size": 512, "size_step": 8, "max_size": 1024, "sharp_preview": False}
            | {"language": "en"}
        ),
    ),
    Row(
        task="text_to_image",
        name="flux2-klein",
        title="FLUX.2 klein 4B",
        use="long prompts, letters in the picture; the newest and largest, on a large GPU",
        tier="full",
        loader="diffusers_text_to_image",
        source="hub:black-forest-labs/FLUX.2-klein-4B",
        revision="e7b7dc27f91deacad38e78976d1f2b499d76a294",
        licence="Apache-2.0",
        quality='its model card: "under a second" from words to picture on a fast GPU',
        parameters=7_982_058_787,
        download=15_981 * MB,
        memory=31_928 * MB,
        files=(
            "model_index.json",
            "transformer/diffusion_pytorch_model.safetensors",
            "vae/diffusion_pytorch_model.safetensors",
            "text_encoder/model-00001-of-00002.safetensors",
            "text_encoder/model-00002-of-00002.safetensors",
            "tokenizer/vocab.json",
            "tokenizer/merges.txt",
            "tokenizer/chat_template.jinja",
            "*/*.json",
        ),
        options=MappingProxyType(
            {"steps": 4, "guidance": 1.0, "size": 1024, "size_step": 16, "max_size": 1024, "sharp_preview": False}
            | {"language": "en", "variant": None, "dtype": "bfloat16"}
        ),
    ),
    Row(
        task="edges_to_image",
        name="controlnet-canny",
        title="ControlNet 1.1: Canny edges (SD 1.5)",
        use="pictures along drawn or detected edges, by SD 1.5",
        tier="full",
        loader="diffusers_controlnet",
        source="hub:lllyasviel/control_v11p_sd15_canny",
        revision="115a470d547982438f70198e353a921996e2e819",
        licence="CreativeML Open RAIL-M",
        quality="see its model card",
        parameters=361_279_120,
        download=723 * MB,
        memory=1_445 * MB,
        files=("config.json", "diffusion_pytorch_model.fp16.safetensors"),
        options=MappingProxyType({"base": "sd15", "variant": "fp16"}),
    ),
    Row(
        task="inpaint",
        name="sd-inpainting",
        title="Stable Diffusion 1.5 Inpainting",
        use="holes filled with what the prompt says, and pictures made larger",
        tier="full",
        loader="diffusers_inpaint",
        source="hub:stable-diffusion-v1-5/stable-diffusion-inpainting",
        revision="8a4288a76071f7280aedbdb3253bdb9e9d5d84bb",
        licence="CreativeML Open RAIL-M",
        quality="see its model card",
        unverified="the text encoder's files: only mirrors of the repository showed them",
        parameters=1_370_231_295,
        download=2740 * MB,
        memory=5480 * MB,
        files=(*_STABLE_DIFFUSION_FILES, "safety_checker/model.fp16.safetensors"),
        options=MappingProxyType({"steps": 25, "guidance": 7.5, "size": 512}),
    ),
    Row(
        task="inpaint",
        name="lama",
        title="LaMa (Suvorov 2022)",
        use="holes that should not be noticed; takes no prompt and one pass",
        tier="full",
        loader="torchscript_lama",
        source="hub:JosephCatrambone/big-lama-torchscript",
        revision="7dfbdc6dc27602d370909e8688f8f84404a1f995",
        licence="Apache-2.0",
        quality="see its paper",
        unverified="the parameters: taken from the size of the file, which holds little else",
        parameters=51_000_000,
        download=206_134_115,
        memory=206 * MB,
        files=("lama.pt",),
        options=MappingProxyType({"sha256": "79ed9fa18680ca19a269eb88fc4f708fb6580197b2220a51d3e000eb0ffdf33b"}),
    ),
)
