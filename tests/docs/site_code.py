"""The code of the site, which lies beside its pages and in no package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]


def _loaded(name: str) -> ModuleType:
    file = ROOT / "docs" / "site" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"site_{name}", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for the module they are in
    spec.loader.exec_module(module)
    return module


environments, links = _loaded("environments"), _loaded("links")
