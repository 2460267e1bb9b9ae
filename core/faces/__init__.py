"""Faces in a picture."""

from core.faces.detection import FacesResult, find_faces

__all__ = ["FacesResult", "find_faces"]
