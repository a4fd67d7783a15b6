"""Refusals of this room that carry more than a sentence."""

from collections.abc import Mapping, Sequence

from lianheng.engine.scoring.scheme import Problem
from lianheng.web.assessment.scheme_problems import sentences
from lianheng.web.shell.errors import InvalidInput


class InvalidSheet(InvalidInput):
    """A sheet that cannot be saved as typed; `errors` maps field names to Chinese messages."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("；".join(errors.values()))
        self.errors = dict(errors)


class InvalidScheme(InvalidInput):
    """A scheme with faults; `problems` are the engine's, so that a page with the file can name their lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"方案有 {len(problems)} 处错，没有通过：{'；'.join(sentences(problems))}", "content")
        self.problems = problems
