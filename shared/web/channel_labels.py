"""What people read of chat groups and of the events that other systems are told; see `labels`."""

from collections.abc import Mapping
from typing import Final

CHANNEL_LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "robot_provider": {"wecom": "WeCom", "dingtalk": "DingTalk", "feishu": "Feishu or Lark"},
    "webhook_event": {
        "case.registered": "Case registered",
        "case.assigned": "Case assigned",
        "case.classified": "Case classified",
        "case.contacted": "Customer contacted",
        "case.diagnosed": "Fault diagnosed",
        "case.planned": "Plan made",
        "case.agreed": "Customer agreed to the plan",
        "case.worked_on": "Work carried out",
        "case.verified": "Repair verified",
        "case.result_told": "Result told",
        "case.surveyed": "Customer surveyed",
        "case.closed": "Case closed",
        "case.held": "Case put on hold",
        "case.resumed": "Case resumed",
        "case.withdrawn": "Complaint withdrawn",
        "case.reopened": "Case reopened",
        "case.merged": "Case merged into another",
        "case.unmerged": "Merged case taken apart",
        "case.customer_wrote": "Customer wrote",
        "case.escalated": "Help called for",
        "clock.fired": "Warning or breach of a clock",
        "escalation.acknowledged": "Escalation acknowledged",
        "major.found": "Sign of a major complaint",
        "major.decided": "Major complaint decided",
        "report.ready": "Report ready",
        "webhook.test": "Test",
    },
}
