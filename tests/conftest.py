"""How many examples the property tests try (a hundred or a share of it, `make test-slow` more),
and the folder of what is made once in a session."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("long", max_examples=2000, deadline=None)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this session of tests, which all of its processes see; see tests.support.once."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
