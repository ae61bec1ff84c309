"""What becomes of the rows of a file beside the members on record. Reads the database, writes nothing.

The number of queries does not depend on the number of rows.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from care.lib.csvfile import Row
from care.lib.fold import fold
from members.importing import fates, matching
from members.importing.fates import Change, Fate, Verdict
from members.importing.rows import Person, Reader, RowRejected, split_notes, unknown_introducer
from members.importing.seen import Seen
from members.models import Community, Member, MemberTag, Note
from members.tokens import address_hmacs


class Judge:
    """Judges the rows of one file, a batch at a time, in their order. `began_at` is when the import began."""

    def __init__(self, community: Community, reader: Reader, seen: Seen, *, began_at: datetime) -> None:
        self.community, self.reader, self.seen, self.began_at = community, reader, seen, began_at
        self.options, self.today = reader.options, reader.today

    def judge(self, rows: Iterable[Row], *, lock: bool = False) -> list[Verdict]:
        """A verdict for each row. With `lock`, the members they mean stay as they are until the transaction ends."""
        verdicts: list[Verdict | None] = []
        people: list[Person] = []
        for row in rows:
            try:
                people.append(self.reader.read(row))
                verdicts.append(None)
            except RowRejected as error:
                verdicts.append(fates.reject(row.number, str(error)))
        judged = iter(self._judge(people, lock=lock))
        return [verdict or next(judged) for verdict in verdicts]

    def _judge(self, people: list[Person], *, lock: bool) -> list[Verdict]:
        found = self._find(people, lock=lock)
        touched = [member.pk for matches in found for member in matches]
        tags = self._tags(touched) if touched and any(person.tags for person in people) else {}
        notes = self._notes(touched) if touched and any(person.notes for person in people) else {}
        suppressed = self._suppressed(people)
        verdicts = []
        for person, matches in zip(people, found, strict=True):
            compared = [
                fates.compare(
                    person,
                    member,
                    self.options,
                    today=self.today,
                    tags=tags.get(member.pk, ()),
                    notes=notes.get(member.pk, ()),
                )
                for member in matches
            ]
            verdict = self._decide(person, compared)
            if verdict.fate is Fate.NEW and person.email_key in suppressed:
                verdict.values |= {"reachable": Member.Reachable.SUPPRESSED, "welcome_on": None}
                verdict.warnings.append(_("This address asked never to be written to, and stays so."))
            verdicts.append(verdict)
        self._find_introducers(verdicts)
        return verdicts

    def _find(self, people: list[Person], *, lock: bool) -> list[list[Member]]:
        """The members each person may be; mostly one or none."""
        members = matching.members_of(self.community)
        held = members.select_for_update() if lock else members
        known = matching.by_address(held, (person.email_key for person in people if person.email_key))
        namesakes = matching.by_name(members, (person.name for person in people if not person.email_key), lock=lock)
        return [
            [known[person.email_key]] if person.email_key in known
            else [] if person.email_key
            else matching.candidates(person, namesakes.get(fold(person.name), []), began_at=self.began_at)
            for person in people
        ]  # fmt: skip

    def _decide(self, person: Person, compared: list[Verdict]) -> Verdict:
        """One verdict: of several the one that changes nothing; nobody comes up twice in a file."""
        if len(compared) > 1:
            same = next((verdict for verdict in compared if verdict.fate is Fate.SAME), None)
            return same or fates.reject(
                person.row,
                _("Several members have this name and day of joining. Add an e-mail, so that they can be told apart."),
            )
        key = matching.identity(person)
        if compared and compared[0].member and not person.email_key:
            key = matching.identity_of(compared[0].member)
        first = self.seen.claim(key, person.row)
        if first == person.row:
            return compared[0] if compared else fates.newcomer(person, self.options, today=self.today)
        if person.email_key:
            return fates.reject(person.row, _("The same e-mail as in row %d. Two people need two addresses.") % first)
        return fates.reject(
            person.row,
            _("The same name and day of joining as in row %d, and no e-mail: nobody could tell them apart.") % first,
        )

    def _find_introducers(self, verdicts: list[Verdict]) -> None:
        """Put in the introducers who are on record; `wants` stays where nobody is found yet."""
        asking = [verdict for verdict in verdicts if verdict.wants]
        if not asking:
            return
        find = matching.introducers(
            matching.members_of(self.community), (verdict.wants for verdict in asking if verdict.wants)
        )
        for verdict in asking:
            if verdict.wants and (introducer := find(verdict.wants)):
                verdict.wants = None
                introduce(verdict, introducer)

    def _suppressed(self, people: list[Person]) -> set[str | None]:
        """The keys of those who asked never to be written to."""
        if not self.community.suppressions.exists():  # asked each time: people erase themselves while a file comes in
            return set()
        keys = {hmac: key for person in people if (key := person.email_key) for hmac in address_hmacs(key)}
        rows = self.community.suppressions.filter(hmac__in=list(keys)).values_list("hmac", flat=True)
        return {keys[hmac] for hmac in rows}

    def _tags(self, members: list[UUID]) -> dict[UUID, set[str]]:
        """The keys of the tags that these members have."""
        rows = MemberTag.objects.filter(member__in=members).values_list("member_id", "tag__key")
        return _sets(rows)

    def _notes(self, members: list[UUID]) -> dict[UUID, set[str]]:
        """The texts of the notes on these members, taken apart as a file would have them."""
        rows = Note.objects.filter(member__in=members).values_list("member_id", "text")
        return _sets((member, part) for member, text in rows for part in split_notes(text))


def introduce(verdict: Verdict, introducer: Member) -> None:
    """Say in a verdict who introduced this person."""
    if verdict.member is None:
        verdict.values["introduced_by_id"] = introducer.pk
    elif introducer.pk == verdict.member.pk:
        verdict.warnings.append(unknown_introducer())
    elif introducer.pk != verdict.member.introduced_by_id:
        verdict.values["introduced_by_id"] = introducer.pk
        verdict.changes.append(Change("introduced_by", [""], [introducer.name]))
        verdict.fate = Fate.UPDATED


def _sets(rows: Iterable[tuple[UUID, str]]) -> dict[UUID, set[str]]:
    sets: dict[UUID, set[str]] = {}
    for key, value in rows:
        sets.setdefault(key, set()).add(value)
    return sets
