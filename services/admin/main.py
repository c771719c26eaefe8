"""The console's process: `create_app` with given settings, `app` with those of the environment."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State

from services.admin.account import views as account_views
from services.admin.assets import console_assets
from services.admin.audit import views as audit_views
from services.admin.calendars import views as calendar_views
from services.admin.cases import alike as alike_views
from services.admin.cases import forms as form_views
from services.admin.cases import history as history_views
from services.admin.cases import reveal as reveal_views
from services.admin.cases import saved as saved_views
from services.admin.cases import views as case_views
from services.admin.clocks import dealers as dealer_policy_views
from services.admin.clocks import versions as policy_version_views
from services.admin.clocks import views as policy_views
from services.admin.digests import views as digest_views
from services.admin.errors import HANDLERS
from services.admin.exports import views as export_views
from services.admin.firings import views as firing_views
from services.admin.follow_up import records as call_record_views
from services.admin.follow_up import views as follow_up_views
from services.admin.imports import views as import_views
from services.admin.intake import views as intake_views
from services.admin.invitation import views as invitation_views
from services.admin.majors import views as major_views
from services.admin.messages import failed as failed_message_views
from services.admin.messages import views as message_views
from services.admin.network import views as network_views
from services.admin.notifications import views as notification_views
from services.admin.pages import UNCOMPRESSED
from services.admin.password import views as password_views
from services.admin.platform import views as platform_views
from services.admin.region import views as region_views
from services.admin.reports import views as report_views
from services.admin.robots import views as robot_views
from services.admin.rules import assignment as assignment_views
from services.admin.rules import authority as authority_views
from services.admin.rules import follow_up_calls as follow_up_call_views
from services.admin.rules import major_persons as major_person_views
from services.admin.rules import majors as major_criteria_views
from services.admin.rules import message_texts as text_views
from services.admin.rules import messages as message_time_views
from services.admin.rules import negation as negation_views
from services.admin.rules import periods as period_views
from services.admin.rules import report_codes as report_code_views
from services.admin.rules import survey as survey_question_views
from services.admin.rules import versions as rule_version_views
from services.admin.rules import views as rule_views
from services.admin.session import PUBLIC, READER, admit
from services.admin.settings import views as settings_views
from services.admin.sign_in import views as sign_in_views
from services.admin.sources import views as source_views
from services.admin.staff import views as staff_views
from services.admin.webhooks import views as webhook_views
from shared.attachments.downloads import download_handler
from shared.db.engine import ENGINE
from shared.notifications.outbound import Outbound
from shared.observability import configure_logging
from shared.outbox.jobs import JOBS
from shared.settings import (
    DatabaseSettings,
    FileSettings,
    LogSettings,
    OutboundSettings,
    RedisSettings,
    WebSettings,
    check_all,
)
from shared.tenancy import Scope
from shared.web.health import health_router
from shared.web.requests import observe_requests, refuse_nul
from shared.web.security import page_headers
from shared.web.static_files import static_handler

BODY_LIMIT_BYTES: Final = 200_000


def create_app(
    web: WebSettings,
    database: DatabaseSettings,
    redis: RedisSettings | None = None,
    outbound: OutboundSettings | None = None,
) -> Litestar:
    """The console; opens the database when it starts and closes it when it stops.

    Without `redis`, workers find new work by themselves within a minute; without `outbound`, webhooks and
    robots only lead to public addresses.
    """

    @asynccontextmanager
    async def opened(_: Litestar) -> AsyncGenerator[None]:
        await ENGINE.open(
            database.url,
            pool_size=database.pool_size,
            acquire_timeout=database.acquire_timeout,
            application="huiyin-admin",
        )
        if redis is not None:
            JOBS.open(redis)
        yield
        await JOBS.close()
        await ENGINE.close()

    console = Router(
        "/",
        route_handlers=[
            *sign_in_views.HANDLERS,
            *region_views.HANDLERS,
            *intake_views.HANDLERS,
            *case_views.HANDLERS,
            *reveal_views.HANDLERS,
            *alike_views.HANDLERS,
            *history_views.HANDLERS,
            *saved_views.HANDLERS,
            *major_views.HANDLERS,
            *form_views.HANDLERS,
            *follow_up_views.HANDLERS,
            *call_record_views.HANDLERS,
            *failed_message_views.HANDLERS,
            *message_views.HANDLERS,
            *firing_views.HANDLERS,
            *report_views.HANDLERS,
            *audit_views.HANDLERS,
            *notification_views.HANDLERS,
            *account_views.HANDLERS,
            *staff_views.HANDLERS,
            *invitation_views.HANDLERS,
            *password_views.HANDLERS,
            *settings_views.HANDLERS,
            *rule_views.HANDLERS,
            *major_criteria_views.HANDLERS,
            *survey_question_views.HANDLERS,
            *follow_up_call_views.HANDLERS,
            *rule_version_views.HANDLERS,
            *negation_views.HANDLERS,
            *period_views.HANDLERS,
            *assignment_views.HANDLERS,
            *authority_views.HANDLERS,
            *report_code_views.HANDLERS,
            *major_person_views.HANDLERS,
            *digest_views.HANDLERS,
            *message_time_views.HANDLERS,
            *text_views.HANDLERS,
            *calendar_views.HANDLERS,
            *policy_views.HANDLERS,
            *policy_version_views.HANDLERS,
            *dealer_policy_views.HANDLERS,
            *platform_views.HANDLERS,
            *network_views.HANDLERS,
            *source_views.HANDLERS,
            *webhook_views.HANDLERS,
            *robot_views.HANDLERS,
            *export_views.HANDLERS,
            *import_views.HANDLERS,
        ],
        guards=[admit],
        dependencies={"reader": READER},
        before_request=refuse_nul,
    )
    app = Litestar(
        [
            console,
            download_handler(web.secret, **{PUBLIC: True}),
            static_handler(console_assets()),
            health_router(Scope.auth(), redis),
        ],
        exception_handlers=HANDLERS,
        lifespan=[opened],
        logging_config=None,
        compression_config=CompressionConfig(
            backend="gzip", gzip_compress_level=6, exclude_opt_key=UNCOMPRESSED
        ),
        openapi_config=None,
        request_max_body_size=BODY_LIMIT_BYTES,
        state=State({"web": web, "outbound": Outbound.of(outbound or OutboundSettings())}),
    )
    observe_requests(app, page_headers(https=web.console_https))
    return app


def app() -> Litestar:
    """The console as the environment configures it; raises `SettingsError` telling all that is wrong."""
    check_all(WebSettings, DatabaseSettings, RedisSettings, OutboundSettings, FileSettings, LogSettings)
    configure_logging(LogSettings.load())
    return create_app(
        WebSettings.load(), DatabaseSettings.load(), RedisSettings.load(), OutboundSettings.load()
    )
