"""Persons in a picture."""

from core.people.detection import find_people

__all__ = ["find_people"]
