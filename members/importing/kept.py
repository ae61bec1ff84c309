"""What is known of columns beforehand: by the presets of platforms, and by those that a community keeps itself."""

from django.db import transaction

from members import audit
from members.importing.presets import presets
from members.models import Community, ImportPreset, User


@transaction.atomic
def save_preset(community: Community, *, name: str, columns: dict[str, str], by: User) -> ImportPreset:
    """Keep what columns mean for the next file of this shape; one of the same name is replaced."""
    preset, _made = ImportPreset.objects.update_or_create(
        community=community, name=" ".join(name.split())[:60], defaults={"mapping": columns}
    )
    audit.record(community, actor=by, verb="import_preset.saved", subject=preset)
    return preset


@transaction.atomic
def delete_preset(preset: ImportPreset, *, by: User) -> None:
    """Forget what columns mean."""
    audit.record(preset.community, actor=by, verb="import_preset.deleted", subject=preset)
    preset.delete()


def columns_of(community: Community, preset: str) -> tuple[dict[str, str], str]:
    """What a preset knows of columns, and the platform it is of: a platform's name, or the name of one's own.

    Raises KeyError when there is no such preset.
    """
    if platform := presets().get(preset):
        return platform.columns, preset
    own = community.import_presets.filter(name=preset).first()
    if own is None:
        raise KeyError(preset)
    return own.mapping, ""


def names(community: Community) -> list[str]:
    """Platforms and the community's own presets."""
    return [*presets(), *community.import_presets.order_by("name").values_list("name", flat=True)]
