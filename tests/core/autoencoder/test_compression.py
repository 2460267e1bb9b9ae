from __future__ import annotations

import io
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio

from core import autoencoder, images, models, samples
from core.autoencoder import compression
from core.errors import InputError
from core.models.catalog.specs import AutoencoderSpec

SEED = 3
HOSTILE = [None, "2", [1], float("nan"), True, -1]


@pytest.fixture(scope="module")
def face_round_trip():
    return autoencoder.round_trip(samples.sample_path("face"))


def test_all_of_the_code_is_plain_decoding_of_plain_encoding(face_round_trip) -> None:
    import torch

    vae = models.load("autoencoder", "pocket-vae")
    pixels = torch.from_numpy(images.to_rgb(samples.sample_path("face"))).permute(2, 0, 1)[None] / 127.5 - 1
    with torch.inference_mode():
        code = vae.encode(pixels).latents
        again = vae.decode(code).sample[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(face_round_trip.code / vae.config.scaling_factor, code[0].numpy(), atol=1e-4)
    np.testing.assert_allclose(face_round_trip.decoded_picture, ((again + 1) * 127.5).clip(0, 255), atol=0.6)
    assert (
        face_round_trip.image.shape == face_round_trip.decoded_picture.shape == (128, 128, 3)
        and face_round_trip.decoded_picture.dtype == np.uint8
    )
    assert face_round_trip.code.shape == (4, 16, 16) and face_round_trip.code.dtype == np.float32
    assert face_round_trip.model == "pocket-vae" and face_round_trip.seconds > 0


def test_the_figures_are_those_of_the_pictures(face_round_trip) -> None:
    assert face_round_trip.copy.psnr == pytest.approx(
        peak_signal_noise_ratio(face_round_trip.image, face_round_trip.decoded_picture)
    )
    expected = (
        np.abs(face_round_trip.image.astype(int) - face_round_trip.decoded_picture.astype(int)).mean(axis=2) / 255
    )
    np.testing.assert_allclose(face_round_trip.error, expected, atol=1e-6)
    assert face_round_trip.error.dtype == np.float32 and 0 < face_round_trip.error.max() <= 1
    assert 0 < face_round_trip.copy.ssim < 1


def test_equal_pictures_have_no_error() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    file = autoencoder.round_trip(grey).files["JPEG"]
    assert (file.picture == 128).all() and file.psnr == float("inf") and file.ssim == pytest.approx(1)


def test_the_code_is_of_a_size_that_diffusion_can_work_with(face_round_trip) -> None:
    assert 0.3 < face_round_trip.code.std() < 2 and abs(face_round_trip.code.mean()) < 0.5


def test_a_narrow_bottleneck_keeps_less(face_round_trip) -> None:
    found = {keep: autoencoder.round_trip(samples.sample_path("face"), keep=keep) for keep in (1, 4, 16)}
    assert found[1].copy.psnr < found[4].copy.psnr < found[16].copy.psnr == face_round_trip.copy.psnr
    np.testing.assert_array_equal(found[16].decoded_picture, face_round_trip.decoded_picture)
    assert [found[keep].copy.bytes for keep in (1, 4, 16)] == [4, 64, 1024]


def test_what_is_kept_are_the_lowest_frequencies(face_round_trip) -> None:
    one = autoencoder.round_trip(samples.sample_path("face"), keep=1).code
    np.testing.assert_allclose(one, face_round_trip.code.mean((1, 2), keepdims=True) * np.ones((1, 16, 16)), atol=1e-5)
    kept = autoencoder.round_trip(samples.sample_path("face"), keep=3).code
    across = np.cos(np.pi * (np.arange(16) + 0.5) / 16 * np.arange(16)[:, None])  # the waves, one in a row
    for wave in across[:3]:
        np.testing.assert_allclose(kept.mean(1) @ wave, face_round_trip.code.mean(1) @ wave, atol=1e-3)
    assert np.abs(kept @ across[3:].T).max() < 1e-3


def test_noise_is_added_to_the_code_and_costs_quality(face_round_trip) -> None:
    little, much = (autoencoder.round_trip(samples.sample_path("face"), noise=noise, seed=SEED) for noise in (0.1, 2))
    assert (much.code - face_round_trip.code).std() == pytest.approx(2, rel=0.1)
    np.testing.assert_allclose(much.code - face_round_trip.code, 20 * (little.code - face_round_trip.code), atol=1e-3)
    assert much.copy.psnr < little.copy.psnr - 2
    again = autoencoder.round_trip(samples.sample_path("face"), noise=2, seed=SEED)
    np.testing.assert_array_equal(again.decoded_picture, much.decoded_picture)
    other = autoencoder.round_trip(samples.sample_path("face"), noise=2, seed=SEED + 1)
    assert (other.decoded_picture != much.decoded_picture).any()


def test_eight_bits_a_number_are_enough(face_round_trip) -> None:
    step = 8 / 255
    rounded = np.round(face_round_trip.code.clip(-4, 4) / step) * step
    again = compression._decode_picture(models.load("autoencoder", "pocket-vae"), rounded.astype(np.float32))
    assert peak_signal_noise_ratio(face_round_trip.image, again) > face_round_trip.copy.psnr - 0.1


def test_drawings_come_back_better_than_photos() -> None:
    ssim = {
        name: autoencoder.round_trip(samples.sample_path(name)).copy.ssim
        for name in ("face", "tree", "coffee", "brick")
    }
    assert min(ssim["face"], ssim["tree"]) > max(ssim["coffee"], ssim["brick"])


@pytest.mark.parametrize("name", autoencoder.FORMATS)
def test_a_file_is_as_good_as_no_more_bytes_allow(face_round_trip, name) -> None:
    file = face_round_trip.files[name]
    assert 0.9 * face_round_trip.copy.bytes < file.bytes <= face_round_trip.copy.bytes < file.whole
    np.testing.assert_array_equal(file.picture, encode_and_decode(face_round_trip.image, name, file.quality)[0])
    better = encode_and_decode(face_round_trip.image, name, file.quality + 1)[1]
    assert autoencoder.FORMATS[name](better) > face_round_trip.copy.bytes
    assert file.psnr == pytest.approx(peak_signal_noise_ratio(face_round_trip.image, file.picture))


def test_a_file_that_cannot_be_so_small_is_as_small_as_it_can_be(face_round_trip) -> None:
    found = autoencoder.round_trip(samples.sample_path("face"), keep=1)
    for file in found.files.values():
        assert file.quality == 0 and file.bytes > found.copy.bytes == 4


def test_a_jpeg_without_its_tables_is_its_scan(face_round_trip) -> None:
    data = encode_and_decode(face_round_trip.image, "JPEG", 30)[1]
    other = encode_and_decode(255 - face_round_trip.image, "JPEG", 30)[1]
    # what is not counted is the same for every picture
    headers = len(data) - 2 - autoencoder.FORMATS["JPEG"](data)
    assert data[:headers] == other[:headers] and data[-2:] == b"\xff\xd9"
    assert data[headers : headers + 8] != other[headers : headers + 8]


def encode_and_decode(picture, name, quality):
    out = io.BytesIO()
    Image.fromarray(picture).save(out, name, quality=quality)
    return images.to_rgb(out.getvalue()), out.getvalue()


def test_the_middle_square_is_what_the_network_sees() -> None:
    wide = np.zeros((100, 300, 3), np.uint8)
    wide[:, 100:200] = 200
    assert (autoencoder.round_trip(wide).image == 200).all()
    tall = np.zeros((512, 256, 3), np.uint8)
    tall[128:256] = 255
    seen = autoencoder.round_trip(tall).image
    assert (seen[:64] == 255).all() and not seen[64:].any()
    assert autoencoder.round_trip(np.full((1, 1, 3), 9, np.uint8)).image.shape == (128, 128, 3)


def test_the_ends_of_the_way_are_the_round_trips(face_round_trip) -> None:
    found = autoencoder.interpolate(samples.sample_path("face"), samples.sample_path("heart"), count=5)
    heart = autoencoder.round_trip(samples.sample_path("heart"))
    np.testing.assert_array_equal(found.pictures[0], face_round_trip.decoded_picture)
    np.testing.assert_array_equal(found.pictures[-1], heart.decoded_picture)
    np.testing.assert_allclose(found.shares, [0, 0.25, 0.5, 0.75, 1])
    vae = models.load("autoencoder", "pocket-vae")
    np.testing.assert_array_equal(
        found.pictures[1], compression._decode_picture(vae, 0.75 * face_round_trip.code + 0.25 * heart.code)
    )


def test_the_fade_mixes_pixels_and_the_way_does_not(face_round_trip) -> None:
    found = autoencoder.interpolate(samples.sample_path("face"), samples.sample_path("heart"), count=3)
    mean = (found.pictures[0].astype(float) + found.pictures[2]) / 2
    np.testing.assert_allclose(found.fades[1], mean, atol=0.51)
    np.testing.assert_array_equal(found.fades[0], found.pictures[0])
    assert np.abs(found.pictures[1] - mean).mean() > 2


def test_a_picture_and_itself_stand_still() -> None:
    found = autoencoder.interpolate(samples.sample_path("tree"), samples.sample_path("tree"), count=3)
    assert np.abs(found.pictures[1].astype(int) - found.pictures[0]).max() <= 1


def test_the_picture_of_a_code_shows_signs_on_one_scale() -> None:
    code = np.zeros((4, 2, 2), np.float32)
    code[0], code[1] = 3, -9
    shown = autoencoder.render_code_maps(code, side=10)
    assert shown.shape == (24, 24, 3)
    assert shown[0, 0].tolist() == list(autoencoder.RED) and shown[0, 23].tolist() == list(autoencoder.BLUE)
    assert (shown[14:] == 255).all()


def test_an_autoencoder_of_stable_diffusion_s_kind(monkeypatch) -> None:
    import torch
    from diffusers import AutoencoderKL

    torch.manual_seed(0)
    blocks = {"down_block_types": ("DownEncoderBlock2D",) * 2, "up_block_types": ("UpDecoderBlock2D",) * 2}
    vae = AutoencoderKL(block_out_channels=(8, 8), norm_num_groups=4, shift_factor=0.5, **blocks).eval()
    row = models.Row(
        task="autoencoder", name="kl", title="KL", tier="full", loader="autoencoder.vae", source="hub:a/b",
        licence="MIT", quality="-", spec=AutoencoderSpec(size=32),
    )  # fmt: skip

    @contextmanager
    def borrow(task, name):
        yield row, vae

    monkeypatch.setattr(models, "borrow", borrow)
    found = autoencoder.round_trip(samples.sample_path("face"))
    pixels = torch.from_numpy(found.image.copy()).permute(2, 0, 1)[None] / 127.5 - 1
    with torch.inference_mode():
        mode = vae.encode(pixels).latent_dist.mode()
        again = vae.decode(mode).sample[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(found.code, (mode[0].numpy() - 0.5) * vae.config.scaling_factor, atol=1e-4)
    np.testing.assert_allclose(found.decoded_picture, ((again + 1) * 127.5).clip(0, 255), atol=0.6)
    assert found.code.shape == (4, 16, 16) and found.model == "kl"


@pytest.mark.parametrize("keep", [0, 17, 1.5, *HOSTILE[1:]])
def test_a_bottleneck_out_of_range(keep) -> None:
    with pytest.raises(InputError, match="keep must be a whole number from 1 to 16"):
        autoencoder.round_trip(samples.sample_path("face"), keep=keep)


@pytest.mark.parametrize("noise", [3.1, float("inf"), *HOSTILE])
def test_noise_out_of_range(noise) -> None:
    with pytest.raises(InputError, match="noise must be a number from 0 to 3"):
        autoencoder.round_trip(samples.sample_path("face"), noise=noise)


@pytest.mark.parametrize("seed", [2**32, 0.5, *HOSTILE])
def test_a_seed_out_of_range(seed) -> None:
    with pytest.raises(InputError, match="seed must be a whole number"):
        autoencoder.round_trip(samples.sample_path("face"), noise=1, seed=seed)


@pytest.mark.parametrize("count", [1, 16, *HOSTILE])
def test_too_few_or_too_many_on_the_way(count) -> None:
    with pytest.raises(InputError, match="count must be a whole number from 2 to 15"):
        autoencoder.interpolate(samples.sample_path("face"), samples.sample_path("heart"), count=count)


def test_one_picture_is_no_way() -> None:
    with pytest.raises(InputError, match="Two pictures are needed, but 1 came") as caught:
        autoencoder.interpolate(samples.sample_path("face"), None)
    assert "두 장이 필요합니다(지금 1장)" in caught.value.message_in("ko")


def test_no_such_picture_or_model() -> None:
    with pytest.raises(InputError, match="A picture is needed"):
        autoencoder.round_trip(None)
    with pytest.raises(InputError, match="pocket-vae"):
        autoencoder.round_trip(samples.sample_path("face"), model="jpeg")
