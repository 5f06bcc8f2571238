"""Which passwords are refused: too short, too long, or among the first that an attacker tries; stores none."""

from collections.abc import Iterable
from typing import Final

from zxcvbn import zxcvbn

from brand_index.errors import InvalidField

LEAST_PASSWORD: Final = 12  # characters
LONGEST_PASSWORD: Final = 200
LEAST_GUESSES: Final = 10**8
"""That an attacker needs who tries the likeliest passwords first; a leaked password of the list below needs 30,000."""
OF_THE_SERVICE: Final = ("markscan", "console", "reviewer", "admin", "brand", "owner", "pipeline")
"""Words that no password may rest on, besides the user's name and brands."""
_WEIGHED: Final = 72  # characters; the estimator takes no more, and so many suffice


def check_password(password: str, about: Iterable[str]) -> None:
    """Raises InvalidField for a password that may not be used.

    The estimator (zxcvbn, Wheeler 2016) knows the 30,000 passwords that leaked most often, names, words, dates, rows of
    keys and repetitions, with the usual replacements of letters. No kind of character is asked for. `about`: words that
    have to do with the user.
    """
    if not LEAST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidField(
            f"the password is {len(password)} long: use {LEAST_PASSWORD} to {LONGEST_PASSWORD} characters"
        )
    words = [*OF_THE_SERVICE, *about]
    if zxcvbn(password[:_WEIGHED], user_inputs=words)["guesses"] < LEAST_GUESSES:
        raise InvalidField("the password is easy to guess: use several words that have nothing in common")
