"""From members and rituals to attentions: `plan` (pure), `reconcile` (pure), `run` (the database around them)."""

from attentions.planning.plan import Planned, Rule, plan
from attentions.planning.reconcile import Changes, Existing, reconcile

__all__ = ["Changes", "Existing", "Planned", "Rule", "plan", "reconcile"]
