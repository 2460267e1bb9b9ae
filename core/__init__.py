"""The lecture's ideas as plain functions: no interface, no network, no state of a visitor."""
