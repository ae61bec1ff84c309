"""Facts about people and the constraints that keep them true."""

from members.models.audience import Audience
from members.models.audit import AuditEntry
from members.models.community import Community
from members.models.imports import ImportPreset, MemberImport
from members.models.member import CustomField, ImportantDate, Member, MemberTag, Note, Tag
from members.models.suppression import Suppression
from members.models.team import Invitation, Role, TeamMember
from members.models.user import User

__all__ = [
    "Audience",
    "AuditEntry",
    "Community",
    "CustomField",
    "ImportPreset",
    "ImportantDate",
    "Invitation",
    "Member",
    "MemberImport",
    "MemberTag",
    "Note",
    "Role",
    "Suppression",
    "Tag",
    "TeamMember",
    "User",
]
