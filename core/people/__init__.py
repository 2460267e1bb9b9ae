"""Persons in a picture."""

from core.people.detection import PeopleResult, find_people

__all__ = ["PeopleResult", "find_people"]
