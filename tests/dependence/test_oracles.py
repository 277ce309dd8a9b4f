"""Against hyppo and dcor where their definitions are ours; both are optional."""

import warnings
from types import ModuleType

import pytest
import torch

from bridgex.dependence import cka, cka_debiased, gaussian_gram, hsic_unbiased, linear_gram


def optional(name: str) -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module: ModuleType = pytest.importorskip(
            name, reason=f"{name} is an optional oracle, absent here"
        )
        return module


def pair(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x, y = torch.randn(2, 3, n, generator=generator, dtype=torch.float64)
    return x, y + 0.5 * x.square()


@pytest.mark.parametrize(("n", "seed"), [(10, 0), (35, 1), (80, 2)])
@pytest.mark.parametrize("bias", [True, False])
def test_alignment_of_gaussian_kernels_is_hyppos_hsic_statistic(
    n: int, seed: int, bias: bool
) -> None:
    independence = optional("hyppo.independence")
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
    dcor = optional("dcor")
    x, y = pair(n, seed)
    K, L = (torch.cdist(side.T, side.T) for side in (x, y))
    covariance = dcor.u_distance_covariance_sqr(x.T.numpy(), y.T.numpy())
    correlation = dcor.u_distance_correlation_sqr(x.T.numpy(), y.T.numpy())
    assert float(hsic_unbiased(K, L)) == pytest.approx(covariance, rel=1e-9)
    assert float(cka_debiased(K, L)) == pytest.approx(correlation, rel=1e-9)


def test_linear_alignment_of_two_neurons_is_the_squared_correlation() -> None:
    x, y = pair(30, 4)
    correlation = float(torch.corrcoef(torch.stack([x[0], y[0]]))[0, 1])
    assert float(cka(linear_gram(x[:1]), linear_gram(y[:1]))) == pytest.approx(correlation**2)
