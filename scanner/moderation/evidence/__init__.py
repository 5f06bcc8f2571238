"""Evidence bundles: one zip for each case, for a regulator or a court, and its verification offline."""

from scanner.moderation.evidence.bundle import Part, bundle_digest, keep_bundle, write_bundle
from scanner.moderation.evidence.checking import bundle_faults, faults_in
from scanner.moderation.evidence.parts import Altered, Overlay, Versions, case_parts
from scanner.moderation.evidence.records import altered_records

__all__ = [
    "Altered",
    "Overlay",
    "Part",
    "Versions",
    "altered_records",
    "bundle_digest",
    "bundle_faults",
    "case_parts",
    "faults_in",
    "keep_bundle",
    "write_bundle",
]
