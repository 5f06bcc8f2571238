"""Fictional brands, sellers and listing photos, drawn without a download, to try Markscan on; no real mark is in it."""

from scanner.demo.learning import learn_form
from scanner.demo.plan import DemoListing, DemoPlan, DemoReference, make_demo, register_demo

__all__ = ["DemoListing", "DemoPlan", "DemoReference", "learn_form", "make_demo", "register_demo"]
