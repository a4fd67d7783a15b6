"""Who sees and manages which people: the directory is scoped like everything else.

An administrator's own grant says which people are theirs: a division or one institution narrows it to the people
there; a grant without a place covers everybody. Nothing here opens business data.
"""

from collections.abc import Iterable

from django.apps import apps
from django.db.models import Model, Q, QuerySet
from django.http import Http404

from lianheng.web.accounts.models import User
from lianheng.web.accounts.prepared import ask_for
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import LEVEL_COLUMN, Grant, grants_of, visible
from lianheng.web.shell.errors import Forbidden
from lianheng.web.shell.prepared import one_or_404

EVERYBODY = Q(pk__isnull=False)
NOBODY = Q(pk__in=())
MANAGERS = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)
# These see the names of colleagues in their scope, nothing more of the accounts.
READERS_OF_NAMES = (Role.SPECIAL_OFFICE,)


def has_role(user: User, roles: Iterable[str]) -> bool:
    """Say whether one of these roles counts today."""
    wanted = set(roles)
    return any(grant.role in wanted for grant in grants_of(user))


def require_admin(user: User, roles: Iterable[str], act: str) -> None:
    """Refuse everybody but these administrators, with the role that could do it."""
    wanted = tuple(roles)
    if not user.is_active or not has_role(user, wanted):
        raise Forbidden(f"{act}由{'、'.join(Role(role).label for role in wanted)}办理，您的账号没有这个角色")


def managed(user: User, roles: Iterable[str], prefix: str = "institution__", own: str = "institution") -> Q:
    """Return the rows that these administrator grants cover, by the place of the institution behind `prefix`."""
    wanted, q = set(roles), NOBODY
    for grant in grants_of(user):
        if grant.role in wanted:
            place = _place(grant, prefix, own)
            if place is None:
                return EVERYBODY
            q |= place
    return q


def _place(grant: Grant, prefix: str, own: str) -> Q | None:
    """Return where a grant lies, or None when nothing narrows it."""
    q = Q()
    if grant.division:
        q &= Q(**{f"{prefix}{LEVEL_COLUMN[len(grant.division)]}": grant.division})
    if grant.business_line:
        q &= Q(**{f"{prefix}business_line": grant.business_line})
    if grant.institution_id:
        q &= Q(**{own: grant.institution_id})
    return q or None


def manages_all(user: User, role: str) -> bool:
    """Say whether a grant of this role is narrowed by nothing."""
    return any(g.role == role and not (g.division or g.business_line or g.institution_id) for g in grants_of(user))


def people_for(user: User) -> QuerySet[User]:
    """Return the accounts whose names this person may read."""
    if has_role(user, [Role.AUDIT_ADMIN]):
        return User.objects.all()
    seen = managed(user, MANAGERS)
    names = visible(user, "institution__", "id", roles=READERS_OF_NAMES)
    return User.objects.filter(seen | names)


def managed_people(user: User, roles: Iterable[str] = MANAGERS) -> QuerySet[User]:
    """Return the accounts that this administrator looks after."""
    return User.objects.filter(managed(user, roles))


def get_person_for(user: User, person_id: int, *, reading: bool = False) -> User:
    """Return a person that this administrator looks after (or, reading, the auditor reads); 404 otherwise."""
    return one_or_404(ask_for(user, _person, person_id, form=(reading,)))


def _person(user: User, person_id: int, reading: bool) -> QuerySet[User]:
    people = people_for(user) if reading and has_role(user, [Role.AUDIT_ADMIN]) else managed_people(user)
    return people.select_related("institution", "code_from").filter(pk=person_id)


def lock_person(actor: User | None, person_id: int, roles: Iterable[str], act: str) -> User:
    """Return the locked person if the actor is such an administrator there; 404 when not theirs. None: command line."""
    wanted = tuple(roles)
    if actor is not None:
        require_admin(actor, wanted, act)
        if not managed_people(actor, wanted).filter(pk=person_id).exists():
            raise Http404
    person: User = User.objects.select_for_update(of=("self",)).get(pk=person_id)
    if actor is not None:
        refuse_outranking(person, actor, wanted, act)
    return person


def refuse_outranking(person: User, actor: User, roles: Iterable[str], act: str) -> None:
    """Refuse a local administrator's act on the account of one who manages everybody."""
    if outranks(person, actor, roles):
        raise Forbidden(f"{person.name}是管全部人员的管理员，您只管一部分单位的人员，不能{act}")


def outranks(person: User, actor: User, roles: Iterable[str]) -> bool:
    """A local administrator must not take over the account of one who manages everybody."""
    if any(manages_all(actor, role) for role in roles):
        return False
    return any(manages_all(person, role) for role in (*MANAGERS, Role.AUDIT_ADMIN))


# units lies above accounts: its tables are reached through the registry of models, never imported.
def institution_model() -> type[Model]:
    return apps.get_model("units", "Institution")


def division_model() -> type[Model]:
    return apps.get_model("units", "Division")


def managed_institutions(user: User, roles: Iterable[str] = MANAGERS) -> QuerySet[Model]:
    """Return the institutions whose people this administrator looks after."""
    return institution_model()._default_manager.filter(managed(user, roles, prefix="", own="id"))


def may_grant_at(user: User, division: str, business_line: str, institution_id: int | None) -> bool:
    """Say whether the place of a new grant lies wholly inside what this security administrator looks after."""
    if manages_all(user, Role.SECURITY_ADMIN):
        return True
    if institution_id:
        return managed_institutions(user, [Role.SECURITY_ADMIN]).filter(pk=institution_id).exists()
    if not division:
        return False
    grants = [g for g in grants_of(user) if g.role == Role.SECURITY_ADMIN and not g.institution_id]
    inside = [g for g in grants if not g.business_line or g.business_line == business_line]
    row = division_model()._default_manager.filter(pk=division).first()
    return row is not None and any(_contains(g, row) for g in inside)


def _contains(grant: Grant, division: Model) -> bool:
    return not grant.division or getattr(division, LEVEL_COLUMN[len(grant.division)]) == grant.division
