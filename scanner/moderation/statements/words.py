"""The values of the Transparency Database, and its languages."""

from enum import StrEnum
from typing import Final

import pycountry

_ISO_639 = {each.alpha_2.upper() for each in pycountry.languages if hasattr(each, "alpha_2")}
LANGUAGES: Final = frozenset(_ISO_639 - {"SH"} | {"BH"})  # the database lists Bihari, but not Serbo-Croatian
"""The 184 codes of ISO 639-1 that the database knows, in upper case as it lists them."""


class Visibility(StrEnum):
    """What happened to the listing."""

    REMOVED = "DECISION_VISIBILITY_CONTENT_REMOVED"
    DISABLED = "DECISION_VISIBILITY_CONTENT_DISABLED"
    DEMOTED = "DECISION_VISIBILITY_CONTENT_DEMOTED"
    AGE_RESTRICTED = "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED"
    INTERACTION_RESTRICTED = "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED"
    LABELLED = "DECISION_VISIBILITY_CONTENT_LABELLED"
    OTHER = "DECISION_VISIBILITY_OTHER"


class Monetary(StrEnum):
    """What happened to payments."""

    SUSPENDED = "DECISION_MONETARY_SUSPENSION"
    TERMINATED = "DECISION_MONETARY_TERMINATION"
    OTHER = "DECISION_MONETARY_OTHER"


class Provision(StrEnum):
    """What happened to the service."""

    PARTLY_SUSPENDED = "DECISION_PROVISION_PARTIAL_SUSPENSION"
    SUSPENDED = "DECISION_PROVISION_TOTAL_SUSPENSION"
    PARTLY_TERMINATED = "DECISION_PROVISION_PARTIAL_TERMINATION"
    TERMINATED = "DECISION_PROVISION_TOTAL_TERMINATION"


class Account(StrEnum):
    """What happened to the seller's account."""

    SUSPENDED = "DECISION_ACCOUNT_SUSPENDED"
    TERMINATED = "DECISION_ACCOUNT_TERMINATED"


class AccountType(StrEnum):
    """Whose account it is."""

    BUSINESS = "ACCOUNT_TYPE_BUSINESS"
    PRIVATE = "ACCOUNT_TYPE_PRIVATE"


class Ground(StrEnum):
    """What the decision is based on: the law, or the marketplace's terms."""

    ILLEGAL = "DECISION_GROUND_ILLEGAL_CONTENT"
    INCOMPATIBLE = "DECISION_GROUND_INCOMPATIBLE_CONTENT"


class ContentType(StrEnum):
    """The type of content."""

    APP = "CONTENT_TYPE_APP"
    AUDIO = "CONTENT_TYPE_AUDIO"
    IMAGE = "CONTENT_TYPE_IMAGE"
    PRODUCT = "CONTENT_TYPE_PRODUCT"
    SYNTHETIC_MEDIA = "CONTENT_TYPE_SYNTHETIC_MEDIA"
    TEXT = "CONTENT_TYPE_TEXT"
    VIDEO = "CONTENT_TYPE_VIDEO"
    OTHER = "CONTENT_TYPE_OTHER"


class Category(StrEnum):
    """The one of the database's sixteen categories that applies here."""

    INTELLECTUAL_PROPERTY = "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"


class Keyword(StrEnum):
    """Which right was infringed."""

    TRADEMARK = "KEYWORD_TRADEMARK_INFRINGEMENT"
    COPYRIGHT = "KEYWORD_COPYRIGHT_INFRINGEMENT"


class Source(StrEnum):
    """What led to the decision."""

    ARTICLE_16 = "SOURCE_ARTICLE_16"  # a notice
    TRUSTED_FLAGGER = "SOURCE_TRUSTED_FLAGGER"
    OTHER_NOTIFICATION = "SOURCE_TYPE_OTHER_NOTIFICATION"
    VOLUNTARY = "SOURCE_VOLUNTARY"


class Automation(StrEnum):
    """How far the decision was automated."""

    FULLY = "AUTOMATED_DECISION_FULLY"
    PARTIALLY = "AUTOMATED_DECISION_PARTIALLY"
    NOT = "AUTOMATED_DECISION_NOT_AUTOMATED"
