"""Which kind a figure is of: money of a project, a goal, a state of affairs, something done, a count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandan.programme.engine.figures.vocabulary import holds, tight, words
from sandan.programme.model.vocabulary import Kind


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a figure stands: the words before and after it, the sentence, the labels (outermost first)."""

    before: str
    after: str
    sentence: str
    labels: Sequence[str]
    family: str
    measure: str
    shared: bool = False
    """Sources of money stand in a bracket behind it."""
    listed: bool = False
    """A list item that is no sentence: `실증화 센터 21,600백만원`."""


def kind_of(where: Situation) -> tuple[Kind, bool]:
    """The kind, and whether the words leave no doubt."""
    if where.family == "money":
        return _money_kind(where)
    return _other_kind(where)


def _changed(where: Situation) -> bool:
    """Whether something went up or down against before: a state of affairs, unless it is to come."""
    near = tight(where.after[:8])
    since = holds(where.before[-16:], "kind", "since") or "대비" in tight(where.before[-16:])
    return (
        since
        and any(near.startswith(word) for word in words("kind", "changes"))
        and "까지" not in where.sentence
    )


def is_goal(where: Situation) -> bool:
    """Whether the sentence says what shall be, not what is."""
    if "목표" in tight(where.after[:24]):
        return True
    if holds(where.after[:14], "kind", "past_near"):
        return False
    ending = tight(where.sentence)[-60:]
    if any(tight(word) in ending for word in words("kind", "goal_endings")):
        return True
    return _labelled(where.labels, "target_labels", 4) and not _labelled(where.labels[-1:], "base_labels", 1)


def _labelled(labels: Sequence[str], name: str, depth: int) -> bool:
    return any(holds(label, "kind", name) for label in labels[-depth:])


def _money_kind(where: Situation) -> tuple[Kind, bool]:
    economic = holds(where.measure, "money", "not_budget") or holds(where.before[-12:], "money", "not_budget")
    if not economic:
        nearest = [where.before, *reversed(where.labels[-4:])]
        if where.shared or any(holds(text, "money", "budget") for text in nearest[:4]):
            return Kind.BUDGET, True
        if any(word in tight(where.after[:16]) for word in words("money", "verbs")):
            return Kind.BUDGET, True
        if holds(where.after[:10], "kind", "trend"):
            return (Kind.TARGET if is_goal(where) else Kind.BASE), True
        if where.listed:
            return Kind.BUDGET, not is_goal(where)
    if is_goal(where) or _acts(where):
        return Kind.TARGET, True
    if _labelled(where.labels, "progress_labels", 2) and not economic:
        return Kind.PROGRESS, False
    return Kind.BASE, economic or holds(where.sentence, "kind", "trend")


def _acts(where: Situation) -> bool:
    """Whether a verb of intent follows the number directly, not in the past tense."""
    near = tight(where.after[:14])
    return any(near.startswith(verb) for verb in words("kind", "goal_verbs")) and not (
        any(word in near for word in words("kind", "past_near"))
        or any(tight(where.sentence).rstrip('."').endswith(word) for word in words("kind", "past"))
    )


def _other_kind(where: Situation) -> tuple[Kind, bool]:
    labels = where.labels
    counted = where.family in ("count", "person")
    if _labelled(labels, "count_labels", 2) and counted:
        return Kind.COUNT, True
    nearest = labels[-1:]
    if tight(where.before).endswith("목표"):
        return Kind.TARGET, True
    if _labelled(nearest, "target_labels", 1):
        return Kind.TARGET, True
    if _labelled(nearest, "progress_labels", 1) or holds(where.measure, "kind", "progress_labels"):
        return (Kind.COUNT if counted else Kind.PROGRESS), True
    if holds(where.measure, "role", "actual") and not is_goal(where):
        return (Kind.COUNT if counted else Kind.PROGRESS), True
    if _labelled(nearest, "base_labels", 1) and not _acts(where):
        return Kind.BASE, True
    if (holds(where.before[-14:], "kind", "since") or _changed(where)) and not is_goal(where):
        return Kind.BASE, True
    if where.family == "size":
        return (Kind.TARGET, True) if is_goal(where) and _acts(where) else (Kind.BASE, True)
    if is_goal(where):
        return Kind.TARGET, True
    if _labelled(labels, "progress_labels", 3):
        return (Kind.COUNT if counted else Kind.PROGRESS), True
    if where.family == "share" or holds(where.after[:10], "kind", "trend"):
        return (Kind.TARGET, False) if _acts(where) else (Kind.BASE, True)
    if _labelled(labels, "base_labels", 3) and counted and not _acts(where):
        return Kind.BASE, False
    if counted:
        return (Kind.TARGET, False) if _acts(where) and len(where.sentence) < 60 else (Kind.COUNT, True)
    return Kind.BASE, False
