"""Vectors of a network of the user's own, in place of those that ship: running it, and putting them on our scale."""

from brand_index.features.vectors.network import OwnNetwork
from brand_index.features.vectors.projection import Projection, fitted_projection

__all__ = ["OwnNetwork", "Projection", "fitted_projection"]
