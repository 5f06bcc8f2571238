"""Fictional brands, sellers and listing photos, drawn without a download, to try Markscan on; no real mark is in it."""

from scanner.demo.plan import DemoAuthorization, DemoListing, DemoPlan, DemoReference, make_demo

__all__ = ["DemoAuthorization", "DemoListing", "DemoPlan", "DemoReference", "make_demo"]
