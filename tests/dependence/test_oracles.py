"""Against dcor, and hyppo where it is installed, wherever their definitions are ours."""

import importlib
import warnings
from types import ModuleType

import pytest
import torch

from bridgex.dependence import (
    cka,
    cka_debiased,
    gaussian_gram,
    hsic_biased,
    hsic_unbiased,
    linear_gram,
)


def imported(name: str, *, optional: bool = False) -> ModuleType:
    """Import an oracle uncompiled: compiling takes a minute, these tests a moment."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        patch.setenv("NUMBA_DISABLE_JIT", "1")
        numba = importlib.import_module("numba")
        patch.setattr(numba, "guvectorize", lambda *_, **__: lambda function: function)
        module: ModuleType = (
            pytest.importorskip(name, reason=f"{name} is an optional oracle, absent here")
            if optional
            else importlib.import_module(name)
        )
        return module


def pair(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x, y = torch.randn(2, 3, n, generator=generator, dtype=torch.float64)
    return x, y + 0.5 * x.square()


def distances(x: torch.Tensor) -> torch.Tensor:
    """Return distances between prompts, exactly zero on the diagonal."""
    return torch.cdist(x.T, x.T, compute_mode="donot_use_mm_for_euclid_dist")


@pytest.mark.parametrize(("n", "seed"), [(10, 0), (35, 1), (80, 2)])
@pytest.mark.parametrize("bias", [True, False])
def test_alignment_of_gaussian_kernels_is_hyppos_hsic_statistic(
    n: int, seed: int, bias: bool
) -> None:
    independence = imported("hyppo.independence", optional=True)
    x, y = pair(n, seed)
    gamma = 0.3
    test = independence.Hsic(compute_kernel="rbf", bias=bias, gamma=gamma)
    theirs = float(test.statistic(x.T.numpy(), y.T.numpy()))
    if bias:
        theirs = theirs**2  # its biased statistic is a correlation, ours its square
    sigma = (1 / (2 * gamma)) ** 0.5
    ours = (cka if bias else cka_debiased)(gaussian_gram(x, sigma), gaussian_gram(y, sigma))
    assert float(ours) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(("n", "seed"), [(8, 0), (40, 1)])
def test_unbiased_hsic_of_distances_is_dcors_covariance(n: int, seed: int) -> None:
    dcor = imported("dcor")
    x, y = pair(n, seed)
    K, L = distances(x), distances(y)
    covariance = dcor.u_distance_covariance_sqr(x.T.numpy(), y.T.numpy(), method="naive")
    correlation = dcor.u_distance_correlation_sqr(x.T.numpy(), y.T.numpy(), method="naive")
    assert float(hsic_unbiased(K, L)) == pytest.approx(covariance, rel=1e-9)
    assert float(cka_debiased(K, L)) == pytest.approx(correlation, rel=1e-9)


@pytest.mark.parametrize(("n", "seed"), [(8, 0), (40, 1)])
def test_biased_hsic_of_distances_is_dcors_covariance_but_for_the_divisor(
    n: int, seed: int
) -> None:
    dcor = imported("dcor")
    x, y = pair(n, seed)
    K, L = distances(x), distances(y)
    covariance = dcor.distance_covariance_sqr(x.T.numpy(), y.T.numpy(), method="naive")
    correlation = dcor.distance_correlation_sqr(x.T.numpy(), y.T.numpy(), method="naive")
    assert float(hsic_biased(K, L)) * ((n - 1) / n) ** 2 == pytest.approx(covariance, rel=1e-9)
    assert float(cka(K, L)) == pytest.approx(correlation, rel=1e-9)


def test_linear_alignment_of_two_neurons_is_the_squared_correlation() -> None:
    x, y = pair(30, 4)
    correlation = float(torch.corrcoef(torch.stack([x[0], y[0]]))[0, 1])
    assert float(cka(linear_gram(x[:1]), linear_gram(y[:1]))) == pytest.approx(correlation**2)
