"""对象比对: the same firm or person in two registers, with the reasons for each match."""

from lianheng.engine.redflags.entities.matching import Match, Outcome, match_registers
from lianheng.engine.redflags.entities.names import FirmName, Regions, parse_firm_name
from lianheng.engine.redflags.entities.reading import firm_record, person_record, read_register
from lianheng.engine.redflags.entities.weights import Record

__all__ = ["FirmName", "Match", "Outcome", "Record", "Regions", "firm_record", "match_registers", "parse_firm_name",
           "person_record", "read_register"]  # fmt: skip
