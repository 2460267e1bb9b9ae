"""The lecture's ideas as plain functions: no interface, no network, no state of a visitor."""

__version__ = "0.1.0"
