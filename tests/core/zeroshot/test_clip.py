"""Random-weight CLIP and SigLIP repositories, laid out as on the Hub, through the catalogue's own loader."""

from __future__ import annotations

import numpy as np
import pytest

from core.models.catalog import ROWS
from core.zeroshot import clip as clip_loader
from core.zeroshot.clip import TransformersDualEncoder

SIDE, TEXT, VISION = 32, 16, 16


def build_tokenizer(special: dict[str, str]):
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = [*special.values(), "a", "photo", "of", "cat", "dog", "고양이", "unknown"]
    inner = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="unknown"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.post_processor = processors.TemplateProcessing(
        single=f"$A {special['eos_token']}", special_tokens=[(special["eos_token"], words.index(special["eos_token"]))]
    )
    return PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="unknown", model_max_length=16, **special)


def layer_sizes(**more):
    return {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, **more}


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory):
    import torch
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("clip")
    text = layer_sizes(vocab_size=16, max_position_embeddings=16, eos_token_id=1, bos_token_id=0, pad_token_id=1)
    config = CLIPConfig(text_config=text, vision_config=layer_sizes(image_size=SIDE, patch_size=8), projection_dim=8)
    CLIPModel(config).save_pretrained(folder)
    square = {"size": {"shortest_edge": SIDE}, "crop_size": SIDE}
    words = build_tokenizer({"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>"})
    CLIPProcessor(CLIPImageProcessor(**square), words).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def siglip_folder(tmp_path_factory):
    import torch
    from transformers import SiglipConfig, SiglipImageProcessor, SiglipModel, SiglipProcessor

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("siglip")
    text = layer_sizes(vocab_size=16, max_position_embeddings=64, projection_size=16)
    config = SiglipConfig(text_config=text, vision_config=layer_sizes(image_size=SIDE, patch_size=8))
    SiglipModel(config).save_pretrained(folder)
    words = build_tokenizer({"eos_token": "<eos>", "pad_token": "<pad>"})
    SiglipProcessor(SiglipImageProcessor(size={"height": SIDE, "width": SIDE}), words).save_pretrained(folder)
    return folder


@pytest.fixture(params=["clip_folder", "siglip_folder"], ids=["clip", "siglip"])
def model_folder(request):
    return request.getfixturevalue(request.param)


def noise_picture(seed: int, shape: tuple[int, int] = (40, 30)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8)


def test_unit_vectors_in_one_space(model_folder) -> None:
    encoder = TransformersDualEncoder(model_folder, "cpu")
    pictures = encoder.encode_images([noise_picture(0), noise_picture(1), noise_picture(2, (8, 90))])
    texts = encoder.encode_texts(["a cat", "a photo of a dog"])
    assert pictures.dtype == texts.dtype == np.float32 and pictures.shape[1] == texts.shape[1]
    for vectors in (pictures, texts):
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        assert np.abs(vectors[0] - vectors[1]).max() > 1e-4


def test_a_batch_gives_what_each_alone_gives(model_folder) -> None:
    encoder = TransformersDualEncoder(model_folder, "cpu")
    texts = ["a cat", "a photo of a dog", "a"] * 7
    alone = np.concatenate([encoder.encode_texts([text]) for text in texts])
    np.testing.assert_allclose(encoder.encode_texts(texts), alone, atol=1e-5)
    pictures = [noise_picture(i) for i in range(18)]
    alone = np.concatenate([encoder.encode_images([picture]) for picture in pictures])
    np.testing.assert_allclose(encoder.encode_images(pictures), alone, atol=1e-5)


def test_temperature_is_the_learned_one(model_folder) -> None:
    encoder = TransformersDualEncoder(model_folder, "cpu")
    assert encoder.temperature == pytest.approx(1 / float(encoder.net.logit_scale.detach().exp()), rel=1e-5)


def test_clip_agrees_with_its_own_forward(clip_folder) -> None:
    import torch

    encoder = TransformersDualEncoder(clip_folder, "cpu")
    inputs = encoder._processor(text=["a cat", "a dog"], images=[noise_picture(0)], return_tensors="pt", padding=True)
    with torch.inference_mode():
        expected = encoder.net(**inputs).logits_per_image.numpy()
    cosines = encoder.encode_images([noise_picture(0)]) @ encoder.encode_texts(["a cat", "a dog"]).T
    np.testing.assert_allclose(cosines / encoder.temperature, expected, rtol=1e-4, atol=1e-4)


def test_siglip_reads_lower_case_and_64_tokens(siglip_folder) -> None:
    encoder = TransformersDualEncoder(siglip_folder, "cpu")
    np.testing.assert_array_equal(
        encoder.encode_texts(["A Photo of a CAT"]), encoder.encode_texts(["a photo of a cat"])
    )
    seen = []
    encoder.net.text_model.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append((kwargs["input_ids"].shape, kwargs.get("attention_mask"))),
        with_kwargs=True,
    )
    encoder.encode_texts(["a cat", "고양이"])
    assert seen == [((2, 64), None)]


@pytest.mark.parametrize("row_name", ["siglip2-base"])
@pytest.mark.parametrize("told", [["input_ids"], ["input_ids", "attention_mask"], None])
def test_siglips_padding_is_in_sight_whatever_the_tokenizer_says(row_name, told, hub) -> None:
    """The vectors are those of its own network for 64 tokens without a mask (Zhai et al. 2023)."""
    import json

    import torch

    folder = hub(row_name)
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    assert settings.pop("model_input_names") == ["input_ids"], "as in the real repository"
    settings |= {} if told is None else {"model_input_names": told}
    (folder / "tokenizer_config.json").unlink()
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    encoder = TransformersDualEncoder(folder, "cpu")
    inner = encoder._processor.tokenizer
    ids = [*inner("a cat")["input_ids"], *[inner.pad_token_id] * 64][:64]
    with torch.inference_mode():
        meant = encoder.net.get_text_features(input_ids=torch.tensor([ids])).pooler_output.numpy()
    np.testing.assert_allclose(encoder.encode_texts(["a cat"]), meant / np.linalg.norm(meant), atol=1e-5)


def test_the_catalogues_loader_remembers(clip_folder) -> None:
    row = next(row for row in ROWS if row.name == "clip-vit-b32")
    model = clip_loader.load(row, clip_folder, "cpu")
    model.encode_texts(["a cat"])
    model.encode_texts(["a cat", "a dog"])
    assert model.texts.misses == 2
