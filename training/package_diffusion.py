"""Puts what was trained into the folder that the pocket Stable Diffusion is loaded from, in the diffusers format.

W=../pocket-diffusion; python -m training.package_diffusion --vae ../pocket-vae/vae.safetensors --spread 1.0410 \\
    --unet $W/unet.safetensors --names $W/names.json --prior $W/prior/prior.safetensors \\
    --controlnet $W/controlnet/controlnet.safetensors
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load_file, save_file

from core.generate.pocket import PRIOR_FILE
from core.models import torchvision_shim
from core.texts import ASSETS
from training import pocket_controlnet, pocket_diffusion, pocket_vae

if TYPE_CHECKING:
    from diffusers import AutoencoderTiny, ControlNetModel

FOLDER = ASSETS / "weights" / "pocket-diffusion"
# the folder says of each part which class loads it; the text encoder's files are in a Python package
INDEX = {
    "_class_name": "StableDiffusionPipeline",
    "feature_extractor": [None, None],
    "requires_safety_checker": False,
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "BertModel"],
    "tokenizer": ["transformers", "BertTokenizerFast"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderTiny"],
}


def main() -> None:
    """The command line."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--vae", type=Path, required=True)
    flags.add_argument("--unet", type=Path, required=True)
    flags.add_argument("--prior", type=Path, required=True)
    flags.add_argument("--names", type=Path, required=True, help="of the things, as the chunks' folder has them")
    flags.add_argument("--spread", type=float, default=1.0, help="standard deviation of the codes it was trained on")
    flags.add_argument("--controlnet", type=Path, help="weights of the ControlNet, where it has been trained")
    flags.add_argument("--to", type=Path, default=FOLDER)
    options = flags.parse_args()
    torchvision_shim.ensure_torchvision()
    names = options.names.read_text(encoding="utf-8")
    write_pipeline_folder(options.vae, options.unet, options.prior, names, options.spread, options.to)
    if options.controlnet:
        controlnet(options.controlnet).save_pretrained(options.to / "controlnet")


def write_pipeline_folder(
    vae_weights: Path, unet_weights: Path, prior: Path, names: str, spread: float, folder: Path
) -> None:
    """Writes the folder; weights stay float16."""
    import diffusers

    unet = pocket_diffusion.build_unet().half()
    unet.load_state_dict(load_file(unet_weights))
    unet.save_pretrained(folder / "unet")
    autoencoder(vae_weights, spread).save_pretrained(folder / "vae")
    _forget(folder / "vae" / "config.json", "block_out_channels")  # it says so itself, and warns of being told
    diffusers.DDIMScheduler.from_config(pocket_diffusion.schedule().config).save_pretrained(folder / "scheduler")
    (folder / PRIOR_FILE).parent.mkdir(parents=True, exist_ok=True)
    save_file(load_file(prior), folder / PRIOR_FILE, metadata={"format": "pt", "names": names})
    # the inpainting pipeline asks for the version
    index = INDEX | {"_diffusers_version": diffusers.__version__}
    (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")


def controlnet(weights: Path) -> ControlNetModel:
    """The trained ControlNet, float16."""
    net = pocket_controlnet.build_controlnet(pocket_diffusion.build_unet()).half()
    net.load_state_dict(load_file(weights))
    return net


def _forget(file: Path, name: str) -> None:
    kept = {key: value for key, value in json.loads(file.read_text(encoding="utf-8")).items() if key != name}
    file.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def autoencoder(weights: Path, spread: float) -> AutoencoderTiny:
    """The trained autoencoder, float16, told how to scale its codes."""
    vae = pocket_vae.build_vae().to(torch.float16)
    vae.load_state_dict(load_file(weights))
    vae.register_to_config(scaling_factor=1 / spread)
    return vae


if __name__ == "__main__":
    main()
