"""Pictures from words: latent diffusion (Rombach et al. 2022), from noise, from a picture or along edges."""

from core.generate.generation import EDGES_TASK, TASK, GeneratedImages, edges_to_image, image_to_image, text_to_image
from core.generate.steps import SAMPLERS, DenoisingStep

__all__ = [
    "EDGES_TASK",
    "SAMPLERS",
    "TASK",
    "DenoisingStep",
    "GeneratedImages",
    "edges_to_image",
    "image_to_image",
    "text_to_image",
]
