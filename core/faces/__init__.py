"""Faces in a picture."""

from core.faces.detection import find_faces

__all__ = ["find_faces"]
