"""How many examples the property tests try (a hundred or a share of it, `make test-slow` more),
the folder of what is made once in a session, and when garbage is collected."""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("long", max_examples=2000, deadline=None)

# The SDKs and Airflow are a million and a half of objects: to look through them for garbage every
# few tests was a quarter of the time. So it is looked for at the end of a file, and what is left
# then is not looked at again.
gc.set_threshold(50_000, 20, 100)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    if nextitem is not None and nextitem.path != item.path:
        gc.collect()
        gc.freeze()


def pytest_sessionfinish() -> None:
    gc.unfreeze()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this session of tests, which all of its processes see; see tests.support.once."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
