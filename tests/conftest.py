"""What all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("tests", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("tests")
SHARED_VARIABLE = "ISTIOLINT_SHARED"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the corpus and the conformance cases, which are no part of the project; skips where it is not."""
    given = os.environ.get(SHARED_VARIABLE)
    folder = Path(given) if given else Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}")
    return folder
