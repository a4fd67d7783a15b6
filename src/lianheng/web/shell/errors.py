"""Expected refusals. Services raise them; one middleware records them and shows their Chinese text."""

from collections.abc import Callable


class Refusal(Exception):
    """An act that was understood and not done; `message` says what, why and how to go on."""

    status = 409
    code = "refused"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Forbidden(Refusal):
    """The thing is visible to the person, but the act is not theirs."""

    status = 403
    code = "forbidden"


class StaleForm(Refusal):
    """Somebody else saved first; the form showed an older revision."""

    code = "stale"

    def __init__(self, message: str = "这份内容刚刚被别人改过。请刷新页面，核对后再提交；您填的内容没有写入。") -> None:
        super().__init__(message)


class WrongState(Refusal):
    """The thing is not in a state in which this act is possible."""

    code = "wrong_state"


class InvalidInput(Refusal):
    """A value that cannot be accepted; `field` names the form field where it was typed."""

    status = 422
    code = "invalid"

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def why_refused(check: Callable[..., object], *things: object) -> str:
    """Return why an act would be refused, or nothing: asked of the very check that the act makes.

    A page so offers what can be done, and says of the rest why it cannot.
    """
    try:
        check(*things)
    except Refusal as refusal:
        return refusal.message
    return ""
