"""The errors that Markscan raises on purpose, as a tree.

MarkscanError
├── ImageError                  an image that cannot be used
│   ├── UnreadableFile          the operating system cannot read the file
│   ├── EmptyImage              no bytes at all
│   ├── NotAnImage              the bytes are not in an image format
│   ├── UnsupportedImage        an image in an unsupported format or mode
│   ├── TruncatedImage          an image that is truncated or corrupt
│   └── ImageTooLarge           over a limit of bytes, pixels or shape
├── UsageError                  the caller can mend it: an option, a file, a setting; commands exit with 2
│   ├── FileUnusable            a table, document or evidence bundle that cannot be read as one
│   ├── RegistrationError       a record of a rights holder that is refused
│   │   ├── InvalidField            a value that is malformed or missing
│   │   ├── Contradictory           a value that differs from the one that is registered
│   │   ├── UnrecognizableReference an image too small, blank, flat or long to recognize, or a word of too few letters
│   │   ├── UndescribableReference  an image that takes too much memory or time to describe
│   │   └── UnknownRecord           no such brand, reference or authorization
│   ├── RegistryError           the registry cannot be opened or written, or is newer than this program
│   │   └── RegistryMissing         there is none where one was named
│   ├── StoreNotWritable        an index has to be built in a folder that may not be written
│   └── ModelUnusable           weights are missing or differ from the manifest
├── FileAltered                 a kept file is not the one that was recorded
└── IndexUnusable               the index is missing or of another model
    └── IndexDamaged            its files are not those that were built

ProcessUnusable, under MarkscanError, is defined in bounded_process.py, and StoreUnusable, under UsageError, in
object_stores.py. Errors of scanner/ alone are defined in the module that raises them: under MarkscanError
LedgerContradictory, StatementUnusable, WorkersUnavailable and UnknownDecision, and of the client ServiceError and
MessageUnsigned; under UsageError SettingsUnusable, PolicyUnusable, ContextUnusable, LadderUnusable, ListingsUnusable,
OutputUnusable, WordingUnusable, AddressUnusable, FolderTaken, TooLittleMaterial, ClusterUnavailable, ClusterMissing and
ServiceMissing; under Contradictory NoticeOpen; under InvalidField CaseTaken, AppealFault with AppealRefused, NoForm,
FormDecided, FormTakenBack, NoOwnLogo, and StepRefused with SecondReviewerNeeded.

Each has `code`, a stable snake_case word for machines, and a message with the problem, the value and the next step.
"""

from pathlib import Path
from typing import ClassVar


class MarkscanError(Exception):
    """The root; `code` is the stable word that goes into JSON."""

    code: ClassVar[str] = "error"


class ImageError(MarkscanError):
    """An image that cannot be used."""

    code = "image_error"


class UnreadableFile(ImageError):
    """The operating system cannot read the file."""

    code = "unreadable_file"


class EmptyImage(ImageError):
    """No bytes at all."""

    code = "empty_image"


class NotAnImage(ImageError):
    """The bytes are not in an image format."""

    code = "not_an_image"


class UnsupportedImage(ImageError):
    """An image in an unsupported format or mode."""

    code = "unsupported_image"


class TruncatedImage(ImageError):
    """An image that is truncated or corrupt."""

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
    """A record of a rights holder that is refused."""

    code = "registration_error"


class InvalidField(RegistrationError):
    """A value that is malformed or missing."""

    code = "invalid_field"


class Contradictory(RegistrationError):
    """A value that differs from the one that is registered; to change that is another command."""

    code = "contradictory"


class UnrecognizableReference(RegistrationError):
    """An image too small, blank, flat or long to recognize, or a word of too few letters."""

    code = "unrecognizable_reference"


class UndescribableReference(RegistrationError):
    """An image that takes too much memory or time to describe, or that the description fails on."""

    code = "undescribable_reference"


class UnknownRecord(RegistrationError):
    """No such brand, reference or authorization."""

    code = "unknown_record"


class RegistryError(UsageError):
    """The registry cannot be opened or written, or is newer than this program."""

    code = "registry_error"


class RegistryMissing(RegistryError):
    """There is no registry where one was named."""

    code = "registry_missing"


class StoreNotWritable(UsageError):
    """An index has to be built in a folder that may not be written."""

    code = "store_not_writable"


class FileAltered(MarkscanError):
    """A kept file is not the one that was recorded."""

    code = "file_altered"

    def __init__(self, path: Path | str, recorded: str, found: str) -> None:
        """`path`: or an address; `recorded`: SHA-256 in hexadecimal; `found`: such as "its SHA-256 is …"."""
        super().__init__(path, recorded, found)  # as pickle makes it again
        self.path, self.recorded, self.found = path, recorded, found

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.path} was altered: {self.how}; restore it from a backup"

    @property
    def how(self) -> str:
        """What differs, in words, without where the file is."""
        return f"{self.found}, and a file with the SHA-256 {self.recorded} was recorded"


class IndexUnusable(MarkscanError):
    """The index is missing, or of another model or program."""

    code = "index_unusable"


class IndexDamaged(IndexUnusable):
    """A file of the index is not the one that was built."""

    code = "index_damaged"

    def __init__(self, path: Path, how: str) -> None:
        """`how`: what is wrong with the file, such as "its SHA-256 differs"."""
        super().__init__(path, how)  # as pickle makes it again
        self.path, self.how = path, how

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.path}: {self.how}. Build the index again: markscan index."


class ModelUnusable(UsageError):
    """Weights are missing or differ from the manifest."""

    code = "model_unusable"
