"""Every write about places, unit types and institutions, by subject."""

from lianheng.web.units.institution_data import InstitutionData
from lianheng.web.units.services.city import load_city_profile, lock_city
from lianheng.web.units.services.importing import import_institutions, undo_import
from lianheng.web.units.services.institutions import (
    create_institution,
    edit_institution,
    end_institution,
)
from lianheng.web.units.services.loading import LoadResult, load_divisions
from lianheng.web.units.services.structure import (
    count_zone_under,
    end_division,
    merge_division,
    move_division,
    rename_division,
    require_standing,
    require_structure,
)
from lianheng.web.units.services.types import set_unit_type

__all__ = [
    "InstitutionData",
    "LoadResult",
    "count_zone_under",
    "create_institution",
    "edit_institution",
    "end_division",
    "end_institution",
    "import_institutions",
    "load_city_profile",
    "load_divisions",
    "lock_city",
    "merge_division",
    "move_division",
    "rename_division",
    "require_standing",
    "require_structure",
    "set_unit_type",
    "undo_import",
]
