"""Builds and tries the wheel as users get it: a clean environment, without the checkout.

    python tests/packaging/wheel_environment.py dist build/wheel

installs the wheel of a folder into a new environment with what the tests need, and nothing else;
copies the repository's files, but for its packages, out of the checkout; tries `creative-bench`
there; and runs the tests, leaving out those that import what the wheel does not bring. It needs
nothing but the standard library, so any interpreter can run it, and the one that does is tested.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
TOOLS: Final = ("pytest", "hypothesis", "pytest-xdist")
"""Needed to run the tests, beside what the wheel depends on."""
OF_CHECKOUT: Final = tuple(
    f"--ignore=tests/{name}" for name in ("docs", "mutation", "test_readme.py")
)
"""They read the project's own files, which a wheel is not."""
WITHOUT: Final = "tests.packaging.without_extras"
"""The plugin that leaves out tests of what is not installed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Installs and tries a wheel; returns the tests' exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheels", type=Path, help="folder that holds one wheel, or the wheel")
    parser.add_argument("environment", type=Path, help="where to make the environment")
    parser.add_argument("tests", nargs="*", default=["tests"], help="which tests; default: all")
    given = parser.parse_args(arguments)
    python = install(_wheel(given.wheels), given.environment)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_repository(folder)
        _require_installed(python, folder)
        try_command(python, folder)
        tests = [
            "-m",
            "pytest",
            "-n",
            "2",
            "--dist",
            "loadscope",
            "-p",
            WITHOUT,
            *OF_CHECKOUT,
            *given.tests,
        ]
        return subprocess.run([python, *tests], cwd=folder, check=False).returncode


def install(wheel: Path, folder: Path) -> Path:
    """Makes an environment of the wheel, what it depends on, and the tests' tools.

    Returns:
        Its interpreter.
    """
    venv.create(folder, clear=True, with_pip=True)
    python = folder.absolute() / "bin" / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    constraints = ["--constraint", ROOT / "constraints.txt"]
    subprocess.run([*pip, *constraints, wheel, *TOOLS], check=True)
    return python


def copy_repository(folder: Path, packages: Sequence[str] = ("examples", "tests")) -> None:
    """Copies the files of the repository; of packages and programs only these packages."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        top = name.partition("/")[0]
        is_code = top.endswith(".py") or (ROOT / top / "__init__.py").exists()
        if (top in packages or not is_code) and (ROOT / name).exists():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target)


def try_command(python: Path, folder: Path) -> None:
    """Runs the command the wheel installs: lists, runs one cell, reports it."""
    command = [python.with_name("creative-bench")]
    out, page = folder / "results", folder / "report.html"
    suite = ["--suite", "quick", "--environments", "MelodyComposition", "--seeds", "1"]
    run = ["run", *suite, "--agents", "random", "--out", out]
    for given in (["list"], run, ["report", out, "--html", page]):
        subprocess.run([*command, *given], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    if "random" not in page.read_text(encoding="utf-8"):
        raise SystemExit(f"{page} does not tell of the agent that was run")


def _wheel(path: Path) -> Path:
    wheels = [path] if path.is_file() else sorted(path.glob("*.whl"))
    if len(wheels) != 1:
        raise SystemExit(f"{path} holds {len(wheels)} wheels; run `make wheel`, which makes one")
    return wheels[0].absolute()


def _require_installed(python: Path, folder: Path) -> None:
    """Fails unless the package imported in the folder is the environment's own."""
    code = "import creative_envs, sys; print(sys.version); print(creative_envs.__file__)"
    told = subprocess.run(
        [python, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    ).stdout
    print(told, end="", flush=True)
    if "site-packages" not in told.splitlines()[-1]:
        raise SystemExit("The tests would import another creative_envs than the wheel's")


if __name__ == "__main__":
    sys.exit(main())
