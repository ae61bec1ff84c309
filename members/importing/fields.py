"""The fields of a member that a column may fill, and guessing them from the names of columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from care.lib.fold import fold


@dataclass(frozen=True, slots=True)
class Field:
    """A field by its name in files and on the command line; `also` are other names of columns that mean it, folded.

    `can_overwrite`: a value on record may be replaced when somebody asks for it. Tags and notes are only ever added.
    """

    name: str
    label: Promise
    example: Promise | str
    help: Promise | str = ""
    also: str = ""
    can_overwrite: bool = True
    is_exported: bool = True


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field(
            "name",
            _("Name"),
            "Maya Okafor",
            _("The name they want to be known by."),
            "full name, display name, member name, real name, nom complet, nom et prenom, prenom et nom, "
            "nom, membre, member, fullname, displayname",
        ),
        Field(
            "first_name",
            _("First name"),
            "",
            _("Together with the last name it makes the name."),
            "firstname, given name, forename, fname, prenom",
            can_overwrite=False,
            is_exported=False,
        ),
        Field(
            "last_name",
            _("Last name"),
            "",
            "",
            "lastname, family name, surname, lname, nom de famille",
            can_overwrite=False,
            is_exported=False,
        ),
        Field(
            "username",
            _("User name, where there is no name"),
            "",
            "",
            "user name, login, handle, pseudo, pseudonyme, nom d utilisateur, identifiant",
            can_overwrite=False,
            is_exported=False,
        ),
        Field(
            "preferred_name",
            _("Likes to be called"),
            "May",
            _("What a note opens with, if it is not the first word of the name."),
            "nickname, goes by, likes to be called, known as, surnom, nom d usage, prenom d usage, nom "
            "prefere, petit nom",
        ),
        Field(
            "email",
            _("E-mail"),
            "maya@example.org",
            _("May be missing: then only gestures by hand are planned."),
            "mail, e mail, email address, e mail address, mail address, member email, primary email, "
            "courriel, adresse e mail, adresse email, adresse mail, adresse courriel, adresse electronique",
            can_overwrite=False,
        ),
        Field(
            "birthday",
            _("Birthday"),
            "1990-05-31",
            _("1990-05-31, or without a year --05-31 or 31/05. Every date of a file is read in the same order."),
            "birth date, birthdate, date of birth, dob, bday, born, anniversaire, date de naissance, "
            "naissance, ne le, nee le, date d anniversaire",
        ),
        Field(
            "birth_month",
            _("Birthday, month"),
            "",
            "",
            "month of birth, birthday month, mois de naissance, mois d anniversaire",
            can_overwrite=False,
            is_exported=False,
        ),
        Field(
            "birth_day",
            _("Birthday, day"),
            "",
            "",
            "day of birth, birthday day, jour de naissance, jour d anniversaire",
            can_overwrite=False,
            is_exported=False,
        ),
        Field(
            "birth_year",
            _("Birthday, year"),
            "",
            "",
            "year of birth, birthday year, annee de naissance",
            can_overwrite=False,
            is_exported=False,
        ),
        Field(
            "joined",
            _("Joined"),
            "2024-03-14",
            _("The day they became a member."),
            "joined on, joined at, date joined, join date, joined date, member since, created at, created, "
            "signed up, sign up date, registration date, start date, since, inscription, date d inscription,"
            " inscrit le, inscrite le, membre depuis, arrivee, date d arrivee, date d adhesion, adhesion, "
            "depuis, arrive le, arrivee le, entree, date d entree",
        ),
        Field(
            "timezone",
            _("Time zone"),
            "Africa/Lagos",
            _("A name such as Europe/Paris. Empty: the community's own."),
            "time zone, tz, zone, fuseau horaire, fuseau",
        ),
        Field(
            "language",
            _("Language"),
            "en",
            _("en or fr. Empty: the community's own."),
            "lang, locale, preferred language, langue, langue preferee",
        ),
        Field("pronouns", _("Pronouns"), "she/her", "", "pronoun, pronoms, pronom"),
        Field(
            "company",
            _("Company"),
            "Okafor Bakery",
            "",
            "organisation, organization, employer, company name, business, entreprise, societe, employeur, structure",
        ),
        Field("country", _("Country"), "Nigeria", "", "country region, nation, pays"),
        Field(
            "tags",
            _("Tags"),
            "Baker; Mentor",
            _("Separated by semicolons. They are added to those on record, none is removed."),
            "tag, labels, label, groups, member tags, etiquettes, etiquette, mots cles, groupes",
            can_overwrite=False,
        ),
        Field(
            "status",
            _("Status"),
            "active",
            _("invited, active, left, banned or deceased. Empty: active."),
            "state, member status, membership status, statut, etat",
        ),
        Field(
            "introduced_by",
            _("Introduced by"),
            "tomas@example.org",
            _("The e-mail or the exact name of another member, also of one in the same file."),
            "referred by, invited by, referrer, sponsor, introduit par, presente par, presentee par, invite "
            "par, invitee par, parrain, marraine, parraine par, recommande par",
        ),
        Field(
            "notes",
            _("Notes"),
            _("Met at the spring fair."),
            _("Kept as a restricted note, for builders and owners only. Notes are added, none is removed."),
            "note, comment, comments, remarks, remark, commentaire, commentaires, remarque, remarques",
            can_overwrite=False,
        ),
    )
}
OVERWRITABLE = tuple(name for name, field in FIELDS.items() if field.can_overwrite)
EXPORTED = tuple(name for name, field in FIELDS.items() if field.is_exported)
NAMES = ("name", "first_name", "last_name", "username")
DATES = ("birthday", "joined")

_MEANING = {
    word: field.name for field in FIELDS.values() for word in (*field.also.split(", "), field.name.replace("_", " "))
}


def fold_column(column: str) -> str:
    """A column's name without case, accents and punctuation: "Date d’Inscription" is "date d inscription"."""
    return " ".join("".join(char if char.isalnum() else " " for char in fold(column)).split())


def has_meaning(folded: str) -> bool:
    """Whether a folded name of a column means a field that every member has."""
    return folded in _MEANING


def guess(
    header: Sequence[str], *, known: Mapping[str, str] | None = None, own: Mapping[str, str] | None = None
) -> dict[str, str]:
    """What each column most likely means; a column that means nothing to us is left out.

    `known` are columns whose meaning somebody has said already ("" for: none). `own` are fields of the community's own,
    each with the name of its column (`own.columns`). No field is given to two columns: the first one has it. "Nom"
    beside "Prénom" is the last name.
    """
    own = own or {}
    meant = {fold_column(column): field for field, column in own.items() if column != field}
    there = {"", *FIELDS, *own}
    told = {fold_column(column): field for column, field in (known or {}).items() if field in there}
    mapping: dict[str, str] = {}
    for is_guess in (False, True):
        for column in header:
            folded = fold_column(column)
            if (folded in told) is is_guess:
                continue
            guessed = column if column in own else _MEANING.get(folded) or meant.get(folded)
            field = guessed if is_guess else told[folded]
            if field and field not in mapping.values():
                mapping[column] = field
    if "first_name" in mapping.values() and "last_name" not in mapping.values():
        mapping |= {column: "last_name" for column in mapping if fold_column(column) in {"nom", "name"} - set(told)}
    return {column: mapping[column] for column in header if column in mapping}
