"""Help and mistakes in typing are told at once: PyTorch alone takes seconds to import."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = """
import sys, runpy
sys.argv = ["{0}", "--help"]
try:
    runpy.run_module("agents.{0}", run_name="__main__")
except SystemExit as end:
    assert not end.code
print("slow" if {{"torch", "gymnasium", "numba"}} & sys.modules.keys() else "quick")
"""


@pytest.mark.parametrize(
    ("module", "word"),
    [("steering", "RUN"), ("portfolios", "RUN"), ("robustness", "RUN"), ("exhibition", "FOLDER")],
)
def test_help_does_not_wait_for_pytorch(module, word):
    code = CODE.format(module)
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert f"python -m agents.{module}" in said.stdout and word in said.stdout
    assert said.stdout.splitlines()[-1] == "quick", said.stderr
