"""For every address that changes something: a whole, valid body, who sends it, and who else might.

`by` does it in the test; `may` names the groups (of groups.py) who have the role for it here — some of them may still
be refused, because they did the step before. Everybody else must be refused, whatever the body.
"""

from acts import accounts, assessment, desk, evidence, measures, standards, units
from acts.act import Act

ROOMS = (accounts, units, evidence, measures, standards, assessment, desk)
ACTS: dict[str, Act] = {name: act for room in ROOMS for name, act in room.ACTS.items()}
# Addresses without an example here, each with the reason.
EXEMPT: dict[str, str] = {
    "people:import": "a dry run: writes nothing; people:start_import is the act",
    "people:grants": "a dry run: writes nothing; people:start_grants is the act",
    "units:check_import": "a dry run: writes only a job of one's own; units:import_institutions is the act",
    "measures:import_values": "a dry run: writes only a job of one's own; measures:confirm_import is the act",
    "standards:import": "a dry run: writes nothing; standards:confirm_import is the act",
}

__all__ = ["ACTS", "EXEMPT", "Act"]
