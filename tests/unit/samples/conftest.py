from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.samples import Manifest, generate


@pytest.fixture(scope="session")
def sample_set(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """120 days, as the demo has them."""
    return generate(tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="session")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """The fewest days."""
    return generate(Path(tmp_path_factory.mktemp("small")), days=14)
