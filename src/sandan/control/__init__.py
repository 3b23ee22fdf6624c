"""The integrated control centre (통합관제센터): from a reading to a closed case.

A `Watch` judges every committed batch by the rules and leads alarms through their life; an alarm becomes
an incident with one owner, a procedure and clocks; a release becomes an area with firms and people in it;
people are told through an outbox. A `Board` holds the newest value of every point for the screens.
"""

from sandan.control.engine.hazard.exposure import Action
from sandan.control.model.incidents import Incident
from sandan.control.model.incidents import Source as IncidentSource
from sandan.control.model.incidents.procedures import kinds as incident_kinds
from sandan.control.model.notices import Notice, Phase, Request
from sandan.control.service.alarms.kinds import kind_of_alarm
from sandan.control.service.demo import load_demo_permits, load_demo_reports
from sandan.control.service.hazard.area import HazardArea
from sandan.control.service.hazard.desk import (
    HazardDesk,
    area_settings,
    record_area,
    state_release,
    suggest_release,
)
from sandan.control.service.hazard.picture import area_section
from sandan.control.service.hazard.request import HazardRequest
from sandan.control.service.incidents.opening import open_incident
from sandan.control.service.incidents.reading import read_case, subject_of
from sandan.control.service.incidents.report import after_action_pdf
from sandan.control.service.notices.demo import load_demo_contacts
from sandan.control.service.notices.desk import Desk as TellingSettings
from sandan.control.service.notices.desk import read_desk as telling_settings
from sandan.control.service.notices.telling import tell

__all__ = [
    "Action",
    "HazardArea",
    "HazardDesk",
    "HazardRequest",
    "Incident",
    "IncidentSource",
    "Notice",
    "Phase",
    "Request",
    "TellingSettings",
    "after_action_pdf",
    "area_section",
    "area_settings",
    "incident_kinds",
    "kind_of_alarm",
    "load_demo_contacts",
    "load_demo_permits",
    "load_demo_reports",
    "open_incident",
    "read_case",
    "record_area",
    "state_release",
    "subject_of",
    "suggest_release",
    "tell",
    "telling_settings",
]
