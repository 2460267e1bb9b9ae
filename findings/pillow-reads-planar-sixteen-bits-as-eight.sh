#!/usr/bin/env bash
# Pillow 12.3.0: an uncompressed RGB TIFF of 16 bits whose colours are stored one after the other (PlanarConfiguration 2,
# as GDAL and tifffile write arrays of shape (3, H, W)) is read as if its numbers had 8 bits: each row shows the bytes of
# half a row, low byte, high byte, low byte. No error, no warning. The same file compressed with zlib is read rightly.
# One would guess: how a file is compressed changes none of its pixels.
# Fails if Pillow behaves otherwise.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pillow==12.3.0 tifffile==2026.3.3 numpy
cat > show.py <<'PY'
import io

import numpy as np
import PIL
import tifffile
from PIL import Image

print("pillow", PIL.__version__, "tifffile", tifffile.__version__)
# 100, 50 and 25 of 255 everywhere, in 16 bits
planes = np.stack([np.full((8, 8), level * 257, np.uint16) for level in (100, 50, 25)])
planes[:, :, 1::2] = 0  # every second column is black
seen = {}
for name, settings in (("uncompressed", {}), ("zlib", {"compression": "zlib"})):
    out = io.BytesIO()
    tifffile.imwrite(out, planes, photometric="rgb", planarconfig="separate", **settings)
    assert np.array_equal(tifffile.imread(io.BytesIO(out.getvalue())), planes)
    seen[name] = np.asarray(Image.open(io.BytesIO(out.getvalue())))[0, :4].tolist()
    print(f"{name}: the first four pixels are {seen[name]}")
right = [[100, 50, 25], [0, 0, 0]] * 2
assert seen["zlib"] == right
assert seen["uncompressed"] == [[100, 50, 25], [100, 50, 25], [0, 0, 0], [0, 0, 0]] != right
PY
venv/bin/python show.py
