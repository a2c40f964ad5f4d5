from pathlib import Path

import pytest
from tests.population import provinces

from population.duplicates import Province
from population.listing import Lister, Listing
from population.rates import Rates
from population.sizes import plan

SEED = 62


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small province as workbooks, as `make up` writes it."""
    return provinces.made(tmp_path_factory.mktemp("demonstration"), "--size", "small")


@pytest.fixture(scope="session")
def sample_as_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A larger province as CSV."""
    folder = tmp_path_factory.mktemp("csv")
    return provinces.made(folder, "--size", "6000", "--format", "csv", "--jobs", "1")


@pytest.fixture(scope="session")
def listings() -> list[Listing]:
    """Some fifty thousand rows, before they are written."""
    province = Province.of(SEED, plan("medium"), Rates(), provinces.PERIOD)
    return [Lister(province, village).list() for village in province.villages]
