from __future__ import annotations

import numpy as np

from core.autoencoder import CompressedFile, Reconstruction, RoundTrip

PICTURE = np.full((40, 50, 3), 80, np.uint8)


GREY = np.full((128, 128, 3), 100, np.uint8)


def build_round_trip(size=1024, jpeg=1000):
    file = {"picture": GREY, "quality": 30, "whole": jpeg + 625, "psnr": 29.96, "ssim": 0.876}
    return RoundTrip(
        image=GREY,
        code=np.zeros((4, 16, 16), np.float32),
        copy=Reconstruction(picture=GREY + 1, bytes=size, psnr=float("inf"), ssim=0.5),
        error=np.full((128, 128), 0.25, np.float32),
        files={
            "JPEG": CompressedFile(format="JPEG", bytes=jpeg, **file),
            "WebP": CompressedFile(format="WebP", bytes=900, **file),
        },
        model="pocket-vae",
        seconds=0.1,
    )
