from __future__ import annotations

import numpy as np

from core import edges

BLANK = np.zeros((4, 5, 3), np.uint8)
EDGES = edges.Edges(edges=np.full((4, 5), 0.5, np.float32), model="canny", seconds=0.1)
