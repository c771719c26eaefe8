"""The API's process: `create_app` with given settings, `app` for uvicorn with those of the environment."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide

from services.api.absences import routes as absence_routes
from services.api.attachments import routes as attachment_routes
from services.api.audit import routes as audit_routes
from services.api.auth import ACTOR, PUBLIC, require_actor
from services.api.calendars import routes as calendar_routes
from services.api.cases import routes as case_routes
from services.api.clocks import routes as clock_routes
from services.api.errors import HANDLERS
from services.api.exports import routes as export_routes
from services.api.firings import routes as firing_routes
from services.api.follow_up import routes as follow_up_routes
from services.api.imports import routes as import_routes
from services.api.inbound import routes as inbound_routes
from services.api.invitations import routes as invitation_routes
from services.api.keys import routes as key_routes
from services.api.messages import failed as failed_routes
from services.api.messages import routes as message_routes
from services.api.messages import texts as text_routes
from services.api.notifications import routes as notification_routes
from services.api.openapi import document_problems, openapi_config
from services.api.platform import routes as platform_routes
from services.api.portal import choice as portal_choice
from services.api.portal import errors as portal_errors
from services.api.portal import form as portal_form
from services.api.portal import routes as portal_routes
from services.api.portal import survey as portal_survey
from services.api.portal import tracking as portal_tracking
from services.api.portal.assets import portal_assets
from services.api.profile import routes as profile_routes
from services.api.receipts import routes as receipt_routes
from services.api.reports import routes as report_routes
from services.api.robots import routes as robot_routes
from services.api.rules import assignment as assignment_routes
from services.api.rules import authority as authority_routes
from services.api.rules import classification as rule_routes
from services.api.rules import drafts as rule_draft_routes
from services.api.rules import major_persons as major_person_routes
from services.api.rules import majors as major_criteria_routes
from services.api.rules import periods as period_routes
from services.api.rules import report_codes as report_code_routes
from services.api.rules import versions as policy_version_routes
from services.api.session import routes as session_routes
from services.api.settings import routes as settings_routes
from services.api.staff import routes as staff_routes
from services.api.views import routes as view_routes
from services.api.webhooks import routes as webhook_routes
from shared.accounts.service import SessionTerms
from shared.attachments.downloads import download_handler
from shared.db.engine import ENGINE
from shared.notifications.addresses import configured_links
from shared.notifications.links import Links
from shared.notifications.outbound import Outbound
from shared.observability import configure_logging
from shared.outbox.jobs import JOBS
from shared.settings import (
    DatabaseSettings,
    FileSettings,
    LogSettings,
    OutboundSettings,
    RedisSettings,
    SmsSettings,
    WebSettings,
    check_all,
)
from shared.tenancy import Scope
from shared.web.health import health_router
from shared.web.requests import observe_requests, refuse_nul
from shared.web.static_files import static_handler

BODY_LIMIT_BYTES: Final = 1_000_000
_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def create_app(
    web: WebSettings,
    database: DatabaseSettings,
    redis: RedisSettings | None = None,
    sms: SmsSettings | None = None,
    outbound: OutboundSettings | None = None,
) -> Litestar:
    """The API; opens the database and the way to the workers, and closes them when it stops.

    `sms` says whose receipts are taken; nobody's without it. Without `outbound`, webhooks and robots only
    lead to public addresses.
    """

    @asynccontextmanager
    async def database_open(_: Litestar) -> AsyncGenerator[None]:
        await ENGINE.open(
            database.url,
            pool_size=database.pool_size,
            acquire_timeout=database.acquire_timeout,
            application="huiyin-api",
        )
        if redis is not None:
            JOBS.open(redis)
        yield
        await JOBS.close()
        await ENGINE.close()

    def terms() -> SessionTerms:
        return SessionTerms.of(web)

    def links() -> Links:
        return configured_links(web)

    v1 = Router(
        "/api/v1",
        route_handlers=[
            *session_routes.HANDLERS,
            *key_routes.HANDLERS,
            *case_routes.HANDLERS,
            *attachment_routes.HANDLERS,
            *portal_routes.HANDLERS,
            *inbound_routes.HANDLERS,
            *receipt_routes.HANDLERS,
            *firing_routes.HANDLERS,
            *webhook_routes.HANDLERS,
            *robot_routes.HANDLERS,
            *follow_up_routes.HANDLERS,
            *export_routes.HANDLERS,
            *import_routes.HANDLERS,
            *report_routes.HANDLERS,
            *audit_routes.HANDLERS,
            *notification_routes.HANDLERS,
            *view_routes.HANDLERS,
            *staff_routes.HANDLERS,
            *invitation_routes.HANDLERS,
            *profile_routes.HANDLERS,
            *absence_routes.HANDLERS,
            *settings_routes.HANDLERS,
            *rule_routes.HANDLERS,
            *rule_draft_routes.HANDLERS,
            *policy_version_routes.HANDLERS,
            *major_criteria_routes.HANDLERS,
            *period_routes.HANDLERS,
            *assignment_routes.HANDLERS,
            *authority_routes.HANDLERS,
            *report_code_routes.HANDLERS,
            *major_person_routes.HANDLERS,
            *failed_routes.HANDLERS,
            *message_routes.HANDLERS,
            *text_routes.HANDLERS,
            *calendar_routes.HANDLERS,
            *clock_routes.HANDLERS,
            *platform_routes.HANDLERS,
        ],
        guards=[require_actor],
        dependencies={
            "actor": ACTOR,
            "terms": Provide(terms, sync_to_thread=False),
            "links": Provide(links, sync_to_thread=False),
        },
        before_request=refuse_nul,
    )
    portal = Router(
        "/",
        route_handlers=[
            *portal_tracking.HANDLERS,
            *portal_form.HANDLERS,
            *portal_survey.HANDLERS,
            *portal_choice.HANDLERS,
        ],
        exception_handlers=portal_errors.HANDLERS,
        before_request=refuse_nul,
    )
    app = Litestar(
        [
            v1,
            portal,
            download_handler(web.secret, **{PUBLIC: True}),
            static_handler(portal_assets()),
            health_router(Scope.auth(), redis),
        ],
        exception_handlers=HANDLERS,
        lifespan=[database_open],
        logging_config=None,
        openapi_config=openapi_config(),
        request_max_body_size=BODY_LIMIT_BYTES,
        state=State({"web": web, "sms": sms, "outbound": Outbound.of(outbound or OutboundSettings())}),
    )
    document_problems(app)
    observe_requests(app, _HEADERS)
    return app


def app() -> Litestar:
    """The API as the environment configures it; raises `SettingsError` telling all that is wrong."""
    check_all(
        WebSettings, DatabaseSettings, RedisSettings, SmsSettings, OutboundSettings, FileSettings, LogSettings
    )
    configure_logging(LogSettings.load())
    return create_app(
        WebSettings.load(),
        DatabaseSettings.load(),
        RedisSettings.load(),
        SmsSettings.load(),
        OutboundSettings.load(),
    )
