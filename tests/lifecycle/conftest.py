"""The tiny network and recipe that the tests of training have."""

from tests.training.conftest import config, few_resamples, weights

__all__ = ["config", "few_resamples", "weights"]
