"""What is in a picture, where the network looked, and what its layers see."""

from core.classify.activations import feature_maps, first_filters
from core.classify.names import find_label, shown_class_name
from core.classify.pooling import pool
from core.classify.prediction import METHODS, Explanation, Layers, Prediction, explain, list_layers, predict
from core.classify.robustness import invariance
from core.transfer import train_head

__all__ = [
    "METHODS",
    "Explanation",
    "Layers",
    "Prediction",
    "explain",
    "feature_maps",
    "find_label",
    "first_filters",
    "invariance",
    "list_layers",
    "pool",
    "predict",
    "shown_class_name",
    "train_head",
]
