"""Pictures from words: latent diffusion (Rombach et al. 2022), from noise, from a picture or along edges."""

from core.generate.generation import EDGES_TASK, TASK, Generated, edges_to_image, image_to_image, text_to_image
from core.generate.steps import SAMPLERS, Step

__all__ = ["EDGES_TASK", "SAMPLERS", "TASK", "Generated", "Step", "edges_to_image", "image_to_image", "text_to_image"]
