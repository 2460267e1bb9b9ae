from __future__ import annotations


def test_the_prompt_is_painted_where_it_points() -> None:
    import torch

    from core.segment.click_maps import render_click_maps

    clicks = torch.tensor([[[24.0, 40.0], [100.0, 8.0]]]), torch.tensor([[1, 0]])
    box = torch.tensor([[[16.0, 32.0, 48.0, 80.0]]])  # as SamPredictor hands it over
    painted = render_click_maps(clicks, box, 1, (8, 8), (128, 128))[0]
    assert painted.shape == (6, 8, 8) and painted.min() >= 0 and painted.max() <= 1
    keep, remove, inside = painted[1], painted[3], painted[4]
    assert divmod(int(keep.argmax()), 8) == (2, 1)
    assert divmod(int(remove.argmax()), 8) == (0, 6)
    assert (inside[2:5, 1:3] == 1).all() and inside.sum() == 6
    nothing = render_click_maps(None, None, 1, (8, 8), (128, 128))
    assert not nothing.any()
