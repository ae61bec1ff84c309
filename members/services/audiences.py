"""Writing saved audiences."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from members import audit, facts
from members.audiences import Filter
from members.models import Audience, Community, User


class InUse(ValidationError):
    """Something still works with this audience."""


@transaction.atomic
def save_audience(community: Community, *, name: str, filter: Filter, by: User) -> Audience:
    """Keep a filter under a name. Raises ValidationError by field."""
    audience = Audience(community=community, name=_clean_name(name), filter=filter.to_json())
    _save(audience)
    audit.record(community, actor=by, verb="audience.saved", subject=audience, fields=["name", "filter"])
    return audience


@transaction.atomic
def change_audience(audience: Audience, *, by: User, name: str | None = None, filter: Filter | None = None) -> None:
    """Give an audience another name or filter. Raises ValidationError by field."""
    fields = []
    if name is not None and (name := _clean_name(name)) != audience.name:
        audience.name = name
        fields.append("name")
    if filter is not None and filter.to_json() != audience.filter:
        audience.filter = filter.to_json()
        fields.append("filter")
    if fields:
        _save(audience, update_fields=fields)
        audit.record(audience.community, actor=by, verb="audience.changed", subject=audience, fields=fields)


@transaction.atomic
def delete_audience(audience: Audience, *, by: User) -> None:
    """Delete an audience. Raises InUse while a ritual works with it."""
    audit.record(audience.community, actor=by, verb="audience.deleted", subject=audience)
    try:
        audience.delete()
    except ProtectedError as error:
        users = ", ".join(sorted(f"{row._meta.verbose_name} “{row}”" for row in error.protected_objects))
        raise InUse(
            _("“%(name)s” is in use by: %(users)s. Choose another audience there, then delete this one.")
            % {"name": audience.name, "users": users}
        ) from None


def _clean_name(name: str) -> str:
    try:
        name = facts.clean_line(name, 60)
    except ValidationError as error:
        raise ValidationError({"name": list(error)}) from None
    if not name:
        raise ValidationError({"name": _("Give the audience a name.")})
    return name


def _save(audience: Audience, *, update_fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            audience.save(update_fields=update_fields)
    except IntegrityError:
        raise ValidationError({"name": _("There is an audience of this name already. Choose another.")}) from None
