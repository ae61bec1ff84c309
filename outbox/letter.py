"""The frame around the words of a letter: signature, why you got this, and the ways out."""

from members.models import Community, Member


def frame(
    *, text: str, member: Member, community: Community, why: str, category: str, language: str
) -> tuple[str, str]:
    """The text part and the HTML part of a letter whose words are `text` (plain, paragraphs parted by blank lines).

    `why` is a whole sentence in `language` that says why this person got it. Both parts say the same.
    """
    raise NotImplementedError
