"""Before the lecture: does each tab work on this machine, how fast, and without a network."""

from core.preflight.report import AMBER, GREEN, RED, STATES, ActiveModel, Check, CheckStep, Finding, MemoryInfo
from core.preflight.tab_check import check_tab, list_tabs, memory_info, update_checks

__all__ = [
    "AMBER",
    "GREEN",
    "RED",
    "STATES",
    "ActiveModel",
    "Check",
    "CheckStep",
    "Finding",
    "MemoryInfo",
    "check_tab",
    "list_tabs",
    "memory_info",
    "update_checks",
]
