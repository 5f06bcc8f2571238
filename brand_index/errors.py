"""The errors that Markscan raises on purpose, as a tree.

MarkscanError
├── ImageError                  bytes that are no usable image
│   ├── UnreadableFile          the operating system would not give the bytes
│   ├── EmptyImage              no bytes at all
│   ├── NotAnImage              the bytes are of no image format
│   ├── UnsupportedImage        an image, of a format or mode that is not read here
│   ├── TruncatedImage          begins as an image and breaks off or is corrupt
│   └── ImageTooLarge           over a limit of bytes, pixels or shape
├── UsageError                  the caller can mend it: an option, a file, a setting; commands exit with 2
│   ├── FileUnusable            a table, document or evidence bundle that cannot be read as one
│   ├── RegistrationError       what a rights holder asked for cannot be recorded
│   │   ├── InvalidField            a value that is malformed or missing
│   │   ├── UnrecognizableReference an image in which nothing could ever be recognized
│   │   └── UnknownRecord           no such brand, reference or authorization
│   └── RegistryError           the registry cannot be opened, or is newer than this program
├── IndexUnusable               no index, or one of another model, or damaged
└── ModelUnusable               weights missing, or not the ones that the manifest names

What only scanner/ can raise is defined beside what raises it: under MarkscanError LedgerContradictory,
StatementUnusable, OutputUnusable, ServiceMissing and UnknownDecision, and of the client ServiceError and
MessageUnsigned; under UsageError SettingsUnusable, PolicyUnusable, LadderUnusable and ListingsUnusable; under
InvalidField CaseTaken and AppealRefused.

Each carries `code`, a stable snake_case word for machines, and a message that says what, which value, and
what to do next.
"""

from typing import ClassVar


class MarkscanError(Exception):
    """The root; `code` is the stable word that goes into JSON."""

    code: ClassVar[str] = "error"


class ImageError(MarkscanError):
    """Bytes that are no usable image."""

    code = "image_error"


class UnreadableFile(ImageError):
    """The operating system would not give the bytes."""

    code = "unreadable_file"


class EmptyImage(ImageError):
    """No bytes at all."""

    code = "empty_image"


class NotAnImage(ImageError):
    """The bytes are of no image format."""

    code = "not_an_image"


class UnsupportedImage(ImageError):
    """An image, of a format or mode that is not read here."""

    code = "unsupported_image"


class TruncatedImage(ImageError):
    """Begins as an image and breaks off or is corrupt."""

    code = "truncated_image"


class ImageTooLarge(ImageError):
    """Over a limit of bytes, pixels or shape."""

    code = "image_too_large"


class UsageError(MarkscanError):
    """The caller can mend it: an option, a file, a setting."""

    code = "usage_error"


class FileUnusable(UsageError):
    """A table, document or evidence bundle that cannot be read as one."""

    code = "file_unusable"


class RegistrationError(UsageError):
    """What a rights holder asked for cannot be recorded."""

    code = "registration_error"


class InvalidField(RegistrationError):
    """A value that is malformed or missing."""

    code = "invalid_field"


class UnrecognizableReference(RegistrationError):
    """An image in which nothing could ever be recognized."""

    code = "unrecognizable_reference"


class UnknownRecord(RegistrationError):
    """No such brand, reference or authorization."""

    code = "unknown_record"


class RegistryError(UsageError):
    """The registry cannot be opened, or is newer than this program."""

    code = "registry_error"


class IndexUnusable(MarkscanError):
    """No index, or one of another model, or damaged."""

    code = "index_unusable"


class ModelUnusable(MarkscanError):
    """Weights missing, or not the ones that the manifest names."""

    code = "model_unusable"
