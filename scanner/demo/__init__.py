"""Fictional brands, sellers and listing photos, drawn without a download, to try Markscan on; no real mark is in it."""

from scanner.demo.making import make_demo
from scanner.demo.offers import DemoListing
from scanner.demo.plan import DemoAuthorization, DemoPlan, DemoReference, plan_demo
from scanner.demo.registering import register_demo

__all__ = [
    "DemoAuthorization",
    "DemoListing",
    "DemoPlan",
    "DemoReference",
    "make_demo",
    "plan_demo",
    "register_demo",
]
