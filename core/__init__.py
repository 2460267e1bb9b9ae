"""The lecture's ideas as plain functions: no interface, no network, no state of a visitor."""

from core.interpreter import check_interpreter

__version__ = "0.1.0"

check_interpreter("numpy", "PIL", "cv2", "torch")
