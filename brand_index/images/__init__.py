"""Decode: untrusted bytes to upright sRGB arrays, the same for references and listings."""

from brand_index.images.colour import RGBImage
from brand_index.images.decoding import DecodedImage, decode, read_bytes
from brand_index.limits import DEFAULT_LIMITS, Limits

__all__ = ["DEFAULT_LIMITS", "DecodedImage", "Limits", "RGBImage", "decode", "read_bytes"]
