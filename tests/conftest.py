"""Fixtures that every test file may use."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared_data():
    """Folder with the real catalogues and frozen instances, which are not part of the project."""
    folder = Path(os.environ.get("KANSOKU_TEST_DATA", REPOSITORY.parent / "shared"))
    if folder.is_dir():
        return folder
    message = f"no test data in {folder}; point KANSOKU_TEST_DATA at it to run this test"
    if os.environ.get("KANSOKU_REQUIRE_DATA") == "1":
        pytest.fail(message)
    pytest.skip(message)
