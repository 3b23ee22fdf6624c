"""Messages that nobody answered, and that ask for a person."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.control.model.incidents import ACTIVE
from sandan.control.model.notices import (
    Answer,
    CallOutcome,
    Notice,
)
from sandan.control.model.safety import PermitState
from sandan.control.records.incidents.tables import incident
from sandan.control.records.notices.messages import notice_of
from sandan.control.records.notices.tables import call, notice, telling
from sandan.control.records.safety import permit


def overdue_incidents(conn: Connection, now: datetime) -> list[str]:
    """Incidents with a notice nobody answered in time and that was not passed on yet."""
    query = (
        sa.select(notice.c.incident)
        .where(
            notice.c.answer_by <= now,
            notice.c.answered.is_(None),
            notice.c.escalated.is_(None),
            _under_way(),
        )
        .distinct()
        .order_by(notice.c.incident)
    )
    return list(conn.scalars(query))


def unmet(conn: Connection, limit: int = 100) -> list[Notice]:
    """Notices that ask for a person: help was asked for, or the tree ended with nobody answering.

    Until the organisation is reached by telephone, or the incident is over.
    """
    newer = telling.alias()
    passed_on = sa.select(newer.c.id).where(newer.c.escalates == notice.c.id).exists()
    reached = (
        sa.select(call.c.id)
        .where(
            call.c.incident == notice.c.incident,
            call.c.organisation == notice.c.organisation,
            call.c.tenant.is_not_distinct_from(notice.c.tenant),
            call.c.outcome == CallOutcome.REACHED.value,
            call.c.at >= sa.func.coalesce(notice.c.answered, notice.c.told),
        )
        .exists()
    )
    query = (
        sa.select(notice)
        .where(
            ~reached,
            _under_way(),
            sa.or_(
                notice.c.answer == Answer.HELP.value,
                sa.and_(notice.c.escalated.is_not(None), notice.c.answered.is_(None), ~passed_on),
            ),
        )
        .order_by(notice.c.told.desc(), notice.c.id)
        .limit(limit)
    )
    return [notice_of(row) for row in conn.execute(query)]


def _under_way() -> sa.ColumnElement[bool]:
    """Whether a notice's incident still is: nobody is chased about one that is closed or merged, nor about
    a work permit unless its work is stopped."""
    over = incident.c.state.not_in([state.value for state in ACTIVE])
    done = permit.c.state != PermitState.STOPPED.value
    return sa.and_(
        ~sa.select(incident.c.id).where(incident.c.id == notice.c.incident, over).exists(),
        ~sa.select(permit.c.id).where(permit.c.id == notice.c.incident, done).exists(),
    )
