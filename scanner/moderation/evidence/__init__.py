"""Evidence bundles: one zip for each case, for a regulator or a court, and its verification offline."""

from scanner.moderation.evidence.bundle import Part, bundle_digest, keep_bundle, write_bundle
from scanner.moderation.evidence.checking import bundle_faults, digests_of, faults_in
from scanner.moderation.evidence.parts import Altered, Overlay, Versions, case_parts
from scanner.moderation.evidence.records import MADE, BundleMade, altered_records, bundles_made

__all__ = [
    "MADE",
    "Altered",
    "BundleMade",
    "Overlay",
    "Part",
    "Versions",
    "altered_records",
    "bundle_digest",
    "bundle_faults",
    "bundles_made",
    "case_parts",
    "digests_of",
    "faults_in",
    "keep_bundle",
    "write_bundle",
]
