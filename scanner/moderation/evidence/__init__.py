"""Evidence bundles: one zip for each case, for a regulator or a court, and its verification offline."""

from scanner.moderation.evidence.bundle import Part, bundle_digest, keep_bundle, write_bundle
from scanner.moderation.evidence.checking import bundle_faults, faults_in
from scanner.moderation.evidence.parts import AlteredFile, Overlay, Versions, case_parts

__all__ = [
    "AlteredFile",
    "Overlay",
    "Part",
    "Versions",
    "bundle_digest",
    "bundle_faults",
    "case_parts",
    "faults_in",
    "keep_bundle",
    "write_bundle",
]
