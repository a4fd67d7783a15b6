"""Every write about people, by subject: accounts, roles, standing in, log-ins, the second factor, imports."""

from lianheng.web.accounts.services.accounts import (
    create_account,
    disable_account,
    enable_account,
    hand_over_work,
    move_person,
    open_account,
    reset_password,
)
from lianheng.web.accounts.services.delegating import delegate_role, end_delegation
from lianheng.web.accounts.services.granting import end_role, grant_role
from lianheng.web.accounts.services.granting_many import check_grants, grant_roles
from lianheng.web.accounts.services.importing import check_people, fetch_codes, import_people
from lianheng.web.accounts.services.logging_in import change_password, note_failed_log_in, note_log_in, note_log_out
from lianheng.web.accounts.services.releasing import release_password, release_passwords
from lianheng.web.accounts.services.second_factor import (
    check_second_factor,
    clear_second_factor,
    set_up_second_factor,
)

__all__ = [
    "change_password",
    "check_grants",
    "check_people",
    "check_second_factor",
    "clear_second_factor",
    "create_account",
    "delegate_role",
    "disable_account",
    "enable_account",
    "end_delegation",
    "end_role",
    "fetch_codes",
    "grant_role",
    "grant_roles",
    "hand_over_work",
    "import_people",
    "move_person",
    "note_failed_log_in",
    "note_log_in",
    "note_log_out",
    "open_account",
    "release_password",
    "release_passwords",
    "reset_password",
    "set_up_second_factor",
]
