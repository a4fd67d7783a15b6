"""What is wrong with a new password, in the page's words and in the command line's."""

from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from lianheng.web.accounts.models import User


@dataclass(frozen=True)
class PasswordProblem:
    """One reason why a password is refused."""

    chinese: str
    english: str


# What settings.AUTH_PASSWORD_VALIDATORS can find; the framework's own sentences are half translated.
_WORDS = {
    "password_too_short": ("密码太短，至少要 {min_length} 个字符", "it is shorter than {min_length} characters"),
    "password_too_common": ("这个密码很常见，容易被猜到，请换一个", "it is on the list of common passwords"),
    "password_too_similar": ("密码和用户名或者姓名太像，请换一个", "it is too similar to the user name or the name"),
}


class BadPassword(ValueError):
    """A password that is refused; `problems` names every reason."""

    def __init__(self, problems: list[PasswordProblem]) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.english for problem in problems))

    @property
    def chinese(self) -> str:
        return "；".join(problem.chinese for problem in self.problems)


def check_password_rules(password: str, user: User) -> None:
    """Raise BadPassword with everything that is wrong with a new password of this person."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise BadPassword([_problem(each) for each in error.error_list]) from error


def _problem(error: ValidationError) -> PasswordProblem:
    chinese, english = _WORDS[error.code or ""]
    values = error.params or {}
    return PasswordProblem(chinese.format(**values), english.format(**values))
