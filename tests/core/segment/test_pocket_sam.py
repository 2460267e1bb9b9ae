"""The pocket SAM is a `segment_anything.Sam`: the library's own classes take it."""

from __future__ import annotations

import numpy as np
import pytest

from core.models import weights
from core.segment import pocket_sam

PICTURE = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)


@pytest.fixture(scope="module")
def sam():
    import timm
    import torch

    torch.manual_seed(0)
    return pocket_sam.build_pocket_sam(timm.create_model("tf_efficientnet_lite0"), size=128, width=32).eval()


def test_the_predictor_takes_it(sam) -> None:
    from segment_anything import SamPredictor

    predictor = SamPredictor(sam)
    predictor.set_image(PICTURE)
    assert predictor.features.shape == (1, 32, 8, 8)
    masks, scores, logits = predictor.predict(np.array([[60, 45]]), np.array([1]), multimask_output=True)
    assert masks.shape == (3, 90, 120) and scores.shape == (3,) and logits.shape == (3, 32, 32)
    refined, *_ = predictor.predict(
        np.array([[60, 45], [5, 5]]), np.array([1, 0]), mask_input=logits[:1], multimask_output=False
    )
    assert refined.shape == (1, 90, 120)
    assert predictor.predict(box=np.array([5, 5, 50, 60]), multimask_output=False)[0].shape == (1, 90, 120)


def test_the_automatic_generator_takes_it(sam) -> None:
    from segment_anything import SamAutomaticMaskGenerator

    generator = SamAutomaticMaskGenerator(sam, points_per_side=3, pred_iou_thresh=-9, stability_score_thresh=0)
    found = generator.generate(PICTURE)
    assert found and all(one["segmentation"].shape == (90, 120) for one in found)
    assert all(len(one["bbox"]) == 4 and one["area"] == one["segmentation"].sum() for one in found)


def test_only_what_was_trained_is_written_and_it_comes_back(sam, tmp_path) -> None:
    import timm
    import torch
    from safetensors.torch import save_file

    file = tmp_path / "sam.safetensors"
    tensors = weights.trained_tensors(sam)
    assert not any("backbone" in name for name in tensors)
    save_file({name: tensor.half().contiguous() for name, tensor in tensors.items()}, file)
    backbone = timm.create_model("tf_efficientnet_lite0")
    backbone.load_state_dict(sam.image_encoder.backbone.state_dict())
    again = pocket_sam.build_pocket_sam(backbone, size=128, width=32).eval()
    weights.load_trained(again, file)
    pictures = torch.randn(1, 3, 128, 128)
    with torch.inference_mode():
        torch.testing.assert_close(again.image_encoder(pictures), sam.image_encoder(pictures), rtol=0.02, atol=0.02)


def test_a_file_that_lacks_something_is_no_weights_file(sam, tmp_path) -> None:
    from safetensors.torch import save_file

    file = tmp_path / "sam.safetensors"
    tensors = {name: tensor.contiguous() for name, tensor in weights.trained_tensors(sam).items()}
    tensors.pop("prompt_encoder.no_mask_embed.weight")
    save_file(tensors, file)
    with pytest.raises(ValueError, match="no_mask_embed"):
        weights.load_trained(sam, file)


def test_the_backbone_does_not_learn(sam) -> None:
    assert not any(p.requires_grad for p in sam.image_encoder.backbone.parameters())
    assert all(p.requires_grad for p in sam.image_encoder.neck.parameters())


@pytest.mark.parametrize("size", [(3000, 1), (1, 3000), (2, 2500)])
def test_a_thin_picture_keeps_a_pixel_of_its_short_side(size):
    from core import models

    with models.borrow("segment", "pocket-sam") as (_, predictor):
        predictor.set_image(np.full((*size, 3), 90, np.uint8))
        assert min(predictor.base_predictor.input_size) == 1
