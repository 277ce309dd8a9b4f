"""Make a virtual environment with the pinned torch, never a CUDA build by accident.

torch's Linux wheels on the default package index bring gigabytes of CUDA libraries. What pip would
install is asked first, without installing it; a CUDA build is refused unless --cuda is given.
"""

import argparse
import json
import subprocess
import sys
import venv
from pathlib import Path

OLDEST = (3, 11)


def main() -> int:
    """Make the environment, check the torch build on offer, and install it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("torch", help="requirement, such as torch==2.13.0")
    parser.add_argument("--cuda", action="store_true", help="accept a CUDA build")
    wanted = parser.parse_args()
    if sys.version_info < OLDEST:
        return fail(f"Python {OLDEST[0]}.{OLDEST[1]} or later is needed; set PYTHON=python3.12.")
    python = wanted.folder / "bin" / "python"
    if not python.exists():
        venv.create(wanted.folder, with_pip=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    command = [*pip, "install", "--quiet", "--dry-run", "--no-deps", "--report", "-", wanted.torch]
    offer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if offer.returncode:
        return fail(f"pip cannot find {wanted.torch}: {offer.stderr.strip().splitlines()[-1]}")
    found = json.loads(offer.stdout)["install"]
    needs = [need for each in found for need in each["metadata"].get("requires_dist", [])]
    if any(need.startswith(("nvidia-", "cuda-")) for need in needs) and not wanted.cuda:
        return fail(
            f"pip would install a CUDA build of {wanted.torch}, gigabytes of libraries. For the "
            "CPU build, set PIP_EXTRA_INDEX_URL to the CPU index that PyTorch's 'Get started' page "
            "names and run make again; to accept CUDA, add CUDA=1."
        )
    installed = subprocess.run([*pip, "install", "--quiet", wanted.torch], check=False)  # noqa: S603
    return installed.returncode


def fail(sentence: str) -> int:
    """Print one sentence and return a failing exit code."""
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
