"""Where results come from: versions and hardware, as run.json keeps them."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

_ALWAYS: Final = ("creative-envs", "gymnasium", "numpy", "numba")
_WHERE_USED: Final = {
    "torch": "torch",
    "stable_baselines3": "stable-baselines3",
    "sb3_contrib": "sb3-contrib",
    "ribs": "ribs",
    "ray": "ray",
}
"""Modules that matter if they have been imported, with the names of their packages."""


def versions() -> dict[str, str]:
    """Versions of Python and of the packages this process uses."""
    used = [package for module, package in _WHERE_USED.items() if module in sys.modules]
    found = {"python": platform.python_version()}
    for package in (*_ALWAYS, *used):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def hardware() -> dict[str, str | int]:
    """The machine: its system, processor, cores it may use and, where used, graphics card."""
    found: dict[str, str | int] = {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": cores(),
    }
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        found["gpu"] = torch.cuda.get_device_name()
    return found


def cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"
