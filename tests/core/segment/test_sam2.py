from __future__ import annotations

import numpy as np
import pytest

from core import models, segment
from core.models.files import sources
from core.segment.cached_predictor import CachedPredictor

PICTURE = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)
OTHER = PICTURE[:, ::-1].copy()
POINTS, LABELS = np.array([[10, 10], [70, 50]], np.float32), np.array([1, 0])
NAME = "sam2-tiny"


@pytest.fixture
def predictor(hub):
    hub(NAME)
    return models.load("segment", NAME)


@pytest.mark.parametrize(
    ("prompt", "count"),
    [
        ({"points": POINTS[:1]}, 3),
        ({"points": POINTS, "labels": LABELS}, 1),
        ({"box": (5, 6, 60, 50)}, 1),
        ({"points": POINTS, "labels": LABELS, "box": (5, 6, 80, 55)}, 1),
        ({"points": POINTS[1:], "labels": [0], "box": (5, 6, 80, 55)}, 1),
    ],
)
def test_every_prompt_gives_masks_of_the_pictures_size(predictor, prompt, count) -> None:
    found = segment.from_prompts(PICTURE, **prompt, model=NAME)
    assert found.masks.shape == (count, 60, 90) and found.masks.dtype == bool
    assert found.scores.shape == (count,) and (np.diff(found.scores) <= 0).all()
    assert found.model == NAME


@pytest.mark.parametrize("box", [None, [5.0, 6.0, 60.0, 50.0]])
def test_the_answers_are_those_of_transformers(predictor, box) -> None:
    import torch
    from transformers import Sam2Model, Sam2Processor

    folder = sources.locate_weights(models.row("segment", NAME))
    net, processor = Sam2Model.from_pretrained(folder).eval(), Sam2Processor.from_pretrained(folder)
    asked = {"input_points": [[POINTS.tolist()]], "input_labels": [[LABELS.tolist()]]}
    asked |= {"input_boxes": [[box]]} if box else {}
    inputs = processor(images=PICTURE.copy(), **asked, return_tensors="pt")
    with torch.no_grad():
        output = net(**inputs, multimask_output=False)
    wanted = processor.post_process_masks(output.pred_masks, inputs["original_sizes"])[0][0]
    predictor.set_image(PICTURE)
    corners = None if box is None else np.array(box, np.float32)
    masks, scores, logits = predictor.base_predictor.predict(POINTS, LABELS, corners, None, False)
    assert logits.shape == (1, 16, 16)
    np.testing.assert_allclose(logits, output.pred_masks[0, 0].numpy(), atol=1e-5)
    np.testing.assert_allclose(scores, output.iou_scores[0, 0].numpy(), atol=1e-5)
    assert (masks == wanted.numpy()).mean() > 0.999


def test_a_second_click_builds_on_the_first_answer(predictor) -> None:
    predictor.set_image(PICTURE)
    _, scores, logits = predictor.base_predictor.predict(POINTS[:1], LABELS[:1])
    before = logits[scores.argmax()][None]
    wanted = predictor.base_predictor.predict(POINTS, LABELS, mask_input=before, multimask_output=False)
    found = predictor.predict(POINTS, LABELS, multimask_output=False)
    assert np.array_equal(found[2], wanted[2])
    alone = predictor.base_predictor.predict(POINTS, LABELS, multimask_output=False)
    assert not np.array_equal(alone[2], wanted[2])


@pytest.fixture
def embedding_calls(predictor, monkeypatch):
    """How often the network looked at a picture."""
    looks, look = [], predictor.base_predictor.net.get_image_embeddings
    monkeypatch.setattr(predictor.base_predictor.net, "get_image_embeddings", lambda x: looks.append(1) or look(x))
    return looks


def test_a_picture_is_embedded_once(predictor, embedding_calls) -> None:
    first = segment.from_prompts(PICTURE, points=POINTS[:1], model=NAME)
    segment.from_prompts(OTHER, points=POINTS[:1], model=NAME)
    again = segment.from_prompts(PICTURE, points=POINTS[:1], model=NAME)
    assert len(embedding_calls) == 2 and np.array_equal(first.masks, again.masks)
    assert not segment.embed(OTHER, model=NAME).new


def test_old_pictures_are_forgotten_when_there_are_too_many(predictor) -> None:
    predictor.set_image(PICTURE)
    size = predictor.base_predictor.features.nbytes
    # 4 x 16 x 16, 8 x 8 x 8 and 32 x 4 x 4 floats
    assert size == 4 * (1024 + 512 + 512)
    small = CachedPredictor(predictor.base_predictor, budget=2 * size)
    pictures = [np.full((20, 20, 3), value, np.uint8) for value in (0, 50, 100)]
    assert [small.set_image(picture) for picture in pictures] == [True] * 3
    assert not small.set_image(pictures[1]) and small.set_image(pictures[0])


def test_everything_takes_the_remembered_picture(predictor, embedding_calls) -> None:
    predictor.base_predictor.model.mask_threshold = -1e3  # random weights: let every mask cover the picture
    segment.embed(PICTURE, model=NAME)
    steps = []
    loose = {"points_per_side": 6, "predicted_iou": 0, "stability": 0}
    found = segment.everything(PICTURE, **loose, model=NAME, on_step=steps.append)
    assert found and all(mask.dtype == bool and mask.shape == (60, 90) and mask.all() for mask in found)
    assert [step.done for step in steps] == [32, 36]
    assert len(embedding_calls) == 1
    again = segment.from_prompts(PICTURE, points=POINTS[:1], model=NAME)
    assert again.masks.shape == (3, 60, 90) and len(embedding_calls) == 1


def test_a_grid_of_clicks_answers_as_each_click_does(predictor) -> None:
    import torch

    predictor.set_image(PICTURE)
    plain = predictor.base_predictor
    frame = torch.as_tensor(plain.transform.apply_coords(POINTS, (60, 90)))
    assert frame[0].tolist() == pytest.approx([10 * 64 / 90, 10 * 64 / 60])
    masks, scores, logits = plain.predict_torch(frame[:, None], torch.ones(2, 1, dtype=torch.int), return_logits=True)
    assert masks.shape == (2, 3, 60, 90) and logits.shape == (2, 3, 16, 16)
    for i in range(2):
        alone = plain.predict(POINTS[i : i + 1], np.array([1]))
        np.testing.assert_allclose(scores[i], alone[1], atol=1e-5)
        assert ((masks[i] > 0).numpy() == alone[0]).mean() > 0.999


def test_it_loads_without_a_word(hub, capfd, caplog) -> None:
    hub(NAME)
    models.release()
    models.load("segment", NAME)
    said = capfd.readouterr()
    assert "sam2" not in said.out + said.err + caplog.text
