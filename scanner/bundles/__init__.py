"""Evidence bundles: one zip a case for a regulator or a court, and its verification without a network."""

from scanner.bundles.bundle import Part, Versions, bundle_digest, case_parts, keep_bundle, write_bundle
from scanner.bundles.checking import bundle_faults, faults_in

__all__ = [
    "Part",
    "Versions",
    "bundle_digest",
    "bundle_faults",
    "case_parts",
    "faults_in",
    "keep_bundle",
    "write_bundle",
]
