#!/usr/bin/env bash
# Pillow 12.3.0, NumPy 2.4.6, scikit-image 0.26.0: np.asarray of a picture of one bit a pixel (mode "1") is a bool array
# whose True is the byte 255. NumPy itself prints, counts and compares it as any other, but skimage.morphology.skeletonize
# looks each byte up in a table, reads far beyond it, and returns nonsense or ends the process with a segmentation fault.
# One would guess: two bool arrays that NumPy calls equal are the same to every function.
# Fails if they behave otherwise.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pillow==12.3.0 numpy==2.4.6 scikit-image==0.26.0
cat > show.py <<'PY'
import sys

import numpy as np
from PIL import Image, ImageDraw
from skimage.morphology import skeletonize

drawn = Image.new("1", (600, 400))
ImageDraw.Draw(drawn).line([(50, 50), (500, 300)], fill=1, width=5)
bits = np.array(drawn)
ones = bits.view(np.uint8) != 0
assert bits.dtype == bool and np.array_equal(bits, ones) and bits.sum() == ones.sum()
print("the byte of True:", bits.view(np.uint8).max(), "from Pillow,", ones.view(np.uint8).max(), "from NumPy", flush=True)
found = skeletonize(bits if sys.argv[1] == "bits" else ones)
print(sys.argv[1], "thinned to", int(found.sum()), "pixels", flush=True)
PY
right=$(venv/bin/python show.py ones | tail -1)
echo "$right"
wrong=$(venv/bin/python show.py bits 2>&1 | tail -1) || wrong="ended with status $?"
echo "the same picture as Pillow's bits: $wrong"
test "${wrong#* }" != "${right#* }"
