"""What is wrong with an appeal, as an error that can be said to its seller in any language."""

from brand_index.errors import InvalidField
from scanner.moderation.seller_notices.languages import ENGLISH, Wording, wording


class AppealFault(InvalidField):
    """An appeal, or a document of one, that lacks something or has too much of it. Its own text is English."""

    code = "appeal_unusable"

    def __init__(self, key: str, **values: object) -> None:
        """`key`: of the wordings' section errors. `values`: of its placeholders."""
        self.key, self.values = key, values
        super().__init__(self.said(wording(ENGLISH)))

    def said(self, words: Wording) -> str:
        """The error in a language."""
        return words.say(f"errors.{self.key}", **self.values)


class AppealRefused(AppealFault):
    """An appeal that comes too late, a second time, or in a form that does not apply."""

    code = "appeal_refused"


class TooManyBytes(AppealRefused):
    """An appeal whose documents are more than the settings allow in a day."""

    code = "appeal_bytes_used_up"
