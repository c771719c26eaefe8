"""What people read for the values of closed lists: urgency `high` → 高 / High.

The lists belong to packages above this one, so they are named here by their group and the value that the
database and the API hold; a test compares the groups with the lists. In the catalogues a label's context is
its group, because one English word may need two Chinese ones (the category Parts is 备件类, the department
Parts is 备件部).
"""

from collections.abc import Mapping
from typing import Final

from shared.web.locale import Translator

LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "channel": {
        "in_store": "In store",
        "phone": "Phone",
        "web_form": "Web form",
        "app": "App",
        "email": "E-mail",
        "letter": "Letter",
        "chat": "Online chat",
        "social_media": "Social media",
        "platform": "Third-party platform",
        "oem_forwarded": "Forwarded by the OEM",
        "other_organisation": "Other organisation",
    },
    "report_code": {
        "1": "In store",
        "2": "Phone",
        "3": "Letter or e-mail",
        "4": "Forwarded by the OEM",
        "5": "Other organisation",
    },
    "category": {
        "S": "Sales",
        "SA": "Service",
        "SQ": "Product quality",
        "SP": "Parts",
        "OT": "Other",
    },
    "problem_side": {"product": "Product problems", "service": "Service problems", "neither": "Other"},
    "kind": {
        "fault": "Fault",
        "usage_experience": "Usage experience",
        "complaint": "Complaint",
        "technical_support": "Technical support",
        "return_or_exchange": "Return or exchange",
        "inquiry": "Inquiry",
        "suggestion": "Suggestion",
    },
    "subject": {
        "service_quality": "Service quality",
        "repair_quality": "Repair quality",
        "parts": "Parts",
        "other": "Other",
    },
    "urgency": {"urgent": "Urgent", "high": "High", "medium": "Medium", "low": "Low"},
    "nature": {
        "ordinary": "Ordinary",
        "potential_media": "Potential media",
        "consumer_association": "Consumer association",
        "authority": "Authority",
        "legal": "Legal",
    },
    "major_sign": {
        "fire": "Fire",
        "severe_accident": "Accident with severe damage",
        "airbag_crash": "Crash involving airbags",
        "broken_powertrain_accident": "Engine, gearbox or axle broken, with accident",
        "public_attention": "Public attention",
        "repeated_repair": "Three or more repairs for the same fault",
        "unexplained_phenomenon": "Phenomenon never explained to satisfaction",
        "staff_conduct": "Improper words or measures by staff",
    },
    "major_criterion": {
        "procedure": "Handled at every level without agreement",
        "means": "Cannot be solved by policy or repair",
        "expectation": "Demand beyond the vehicle's own compensation",
        "amount": "Goodwill above the limit",
        "risk": "Public relations, media or legal risk",
    },
    "department": {
        "technical_support": "Technical support",
        "service": "Service",
        "sales": "Sales",
        "parts": "Parts",
        "customer_relations": "Customer relations",
        "quality": "Quality",
        "legal_pr": "Legal and PR",
        "product_planning": "Product planning",
    },
    "state": {
        "received": "Received",
        "registered": "Registered",
        "contacted": "Contacted",
        "diagnosed": "Diagnosed",
        "planned": "Planned",
        "agreed": "Agreed",
        "executing": "In progress",
        "verified": "Verified",
        "result_told": "Result told",
        "surveyed": "Surveyed",
        "closed": "Closed",
        "on_hold": "On hold",
        "withdrawn": "Withdrawn",
        "merged": "Merged",
    },
    "report_status": {
        "on_going": "On-going",
        "in_process": "In process",
        "hold": "Hold",
        "closed": "Closed",
    },
    "metric": {
        "register": "Registration",
        "first_contact": "First contact",
        "first_response": "First response",
        "progress": "Progress",
        "resolve": "Resolution",
        "major_report": "Major report",
        "survey": "Survey",
        "follow_up": "Follow-up",
        "second_follow_up": "Second follow-up",
        "dissatisfied_callback": "Dissatisfied callback",
        "feedback_after_handling": "Feedback after handling",
    },
    "role": {
        "advisor": "Service advisor",
        "customer_relations": "Customer relations",
        "technician": "Technician",
        "service_manager": "Service manager",
        "station_head": "Station head",
        "cac_agent": "Assistance centre agent",
        "regional_manager": "Regional manager",
        "reader": "Quality, PR and legal",
        "head_office": "Head office",
        "administrator": "Administrator",
        "integration": "Integration",
        "customer": "Customer",
        "platform_operator": "Platform operator",
    },
    "contact_channel": {
        "phone": "Phone",
        "in_person": "In person",
        "on_site": "At the customer's",
        "chat": "Chat",
        "sms": "SMS",
        "email": "E-mail",
        "letter": "Letter",
    },
    "direction": {"outbound": "To the customer", "inbound": "From the customer"},
    "template": {
        "acknowledgement": "Receipt",
        "assignment": "Assignment",
        "warning": "Warning",
        "breach": "Breach",
        "escalation": "Escalation",
        "plan": "Plan",
        "result": "Result",
        "customer_wrote": "Customer wrote",
        "report_ready": "Report ready",
        "import_digest": "Import digest",
        "nobody_found": "Nobody to tell",
        "invitation": "Invitation",
        "password_reset": "New password",
    },
    "message_channel": {"sms": "SMS", "email": "E-mail"},
    "message_state": {
        "queued": "Waiting",
        "sent": "Sent",
        "unknown": "Unknown",
        "dead": "Failed",
        "expired": "Expired",
        "historical": "Recorded",
    },
    "report_state": {"queued": "Queued", "running": "Being made", "ready": "Ready", "failed": "Failed"},
    "report_scope": {"dealer": "Dealer", "region": "Region", "oem": "OEM"},
}


def values_of(group: str) -> list[str]:
    """The values of a group in their usual order."""
    return list(LABELS[group])


def label(translator: Translator, group: str, value: str | int) -> str:
    """The label of a value in the reader's language; the value itself where no label is known."""
    text = LABELS[group].get(str(value))
    return str(value) if text is None else translator.pgettext(group, text)
