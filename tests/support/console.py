"""The real console on a real database: an OEM with people who can sign in, and cases at every step."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import httpx
import uvicorn
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from services.admin.main import create_app
from shared.cases import commands, service
from shared.cases.intake import Intake, Source
from shared.cases.views import CaseView
from shared.cases.vocabulary import Channel
from shared.clock import utc_now
from shared.onboarding.service import NewOem, add_dealer, add_region, onboard_oem
from shared.onboarding.staff import NewStaff, add_staff
from shared.permissions import DEALER_ROLES, Role
from shared.settings import DatabaseSettings, WebSettings
from shared.tenancy import Actor, ActorKind, Scope
from shared.tenants.dealers import NewDealer, NewRegion
from tests.support.servers import Database

PASSWORD = "quiet lake 42 boats"
SECRET = "invented-secret-for-tests-0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in with `PASSWORD`."""

    email: str
    name: str
    role: Role
    dealer_id: int
    membership_id: UUID


@dataclass(frozen=True, slots=True)
class Maker:
    """An OEM: dealers `here` and `sibling` in one district, `far` in another area."""

    oem_id: int
    here: int
    sibling: int
    far: int
    people: dict[tuple[int, Role], Person]

    def person(self, role: Role, dealer_id: int | None = None) -> Person:
        """The person of that role: at `here` unless told otherwise, OEM roles at the OEM."""
        return self.people[(dealer_id or self.here) if role in DEALER_ROLES else 0, role]

    def actor(self, role: Role, dealer_id: int | None = None) -> Actor:
        """The same as an actor; the regional manager's region is that of `here` and `sibling`."""
        person = self.person(role, dealer_id)
        scope = Scope.oem(self.oem_id)
        if role in DEALER_ROLES:
            scope = Scope.dealer(self.oem_id, person.dealer_id)
        elif role is Role.REGIONAL_MANAGER:
            scope = Scope.region(self.oem_id, (self.here, self.sibling))
        return Actor(ActorKind.PERSON, role, scope, person.name, id=person.membership_id, account_id=uuid4())


_NAMES = {
    Role.ADVISOR: "杨帆",
    Role.CUSTOMER_RELATIONS: "程曦",
    Role.TECHNICIAN: "高远",
    Role.SERVICE_MANAGER: "秦薇",
    Role.STATION_HEAD: "郑海",
    Role.CAC_AGENT: "Grace Mo",
    Role.REGIONAL_MANAGER: "刘娜",
    Role.READER: "Tom Reed",
    Role.HEAD_OFFICE: "周正",
    Role.ADMINISTRATOR: "管理员",
}


async def found_maker(founded: datetime | None = None) -> Maker:
    """An OEM made by the product itself, with every role once at `here` and at the OEM."""
    at = founded or utc_now() - timedelta(days=200)
    mark = uuid4().hex[:8]
    made = await onboard_oem(
        NewOem(
            slug=f"oem-{mark}",
            name="测试汽车",
            name_en="Test Motors",
            admin_email=f"administrator-{mark}@example.com",
            admin_name=_NAMES[Role.ADMINISTRATOR],
            admin_password=PASSWORD,
        ),
        as_of=at,
    )
    admin = Actor.system(made.oem_id)
    ids: list[int] = []
    regions: list[int] = []
    for code, name, name_en in (("E", "华东区", "East"), ("N", "华北区", "North")):
        area = await add_region(admin, NewRegion(code=code, name=name, name_en=name_en), as_of=at)
        district = await add_region(
            admin,
            NewRegion(code=f"{code}1", name=f"{name}一区", name_en=f"{name_en} 1", parent_id=area.id),
            as_of=at,
        )
        regions.append(area.id)
        for number, (city, city_en) in enumerate(_CITIES[code]):
            new = NewDealer(
                region_id=district.id, code=f"{code}{number}", name=f"{city}测试店", name_en=f"{city_en} Test"
            )
            ids.append((await add_dealer(admin, new, as_of=at)).id)
    here, sibling, far = ids
    people = {
        (0, Role.ADMINISTRATOR): Person(
            f"administrator-{mark}@example.com",
            _NAMES[Role.ADMINISTRATOR],
            Role.ADMINISTRATOR,
            0,
            made.admin_membership_id,
        )
    }
    wanted = [(here, role) for role in sorted(DEALER_ROLES)]
    wanted += [(each, Role.SERVICE_MANAGER) for each in (sibling, far)]
    wanted += [(0, role) for role in (Role.CAC_AGENT, Role.REGIONAL_MANAGER, Role.READER, Role.HEAD_OFFICE)]
    for dealer_id, role in wanted:
        email = f"{role}-{dealer_id}-{mark}@example.com"
        staff = NewStaff(
            email=email,
            name=_NAMES[role],
            role=role,
            dealer_id=dealer_id,
            region_ids=(regions[0],) if role is Role.REGIONAL_MANAGER else (),
            password=PASSWORD,
        )
        membership_id = await add_staff(admin, staff, as_of=at)
        people[dealer_id, role] = Person(email, _NAMES[role], role, dealer_id, membership_id)
    return Maker(made.oem_id, here, sibling, far, people)


_CITIES = {"E": [("苏州", "Suzhou"), ("杭州", "Hangzhou")], "N": [("北京", "Beijing")]}


async def register(
    actor: Actor,
    words: str = "保养收费与报价不符，多收 680 元。",
    *,
    ago: timedelta = timedelta(minutes=5),
    **more: object,
) -> CaseView:
    """A complaint that came in some time ago."""
    intake = Intake(
        **{  # type: ignore[arg-type]
            "channel": Channel.PHONE,
            "customer_name": "张测试",
            "customer_phone": "13800001234",
            "vehicle_plate": "测A·12345",
            "vehicle_model": "L7 PHEV",
            "words": words,
            **more,
        },
    )
    return await service.register(actor, intake, source=Source.STAFF, as_of=utc_now() - ago)


async def call_for_help(database: Database, actor: Actor, case: CaseView, told: Person) -> None:
    """A manual escalation of the case that waits for a person."""
    await service.escalate(actor, case.id, commands.Escalate(reason="客户要求今天答复。"), version=None)
    connection = await asyncpg.connect(database.owner_url)
    try:
        await connection.execute("ALTER TABLE app.escalations NO FORCE ROW LEVEL SECURITY")
        await connection.execute(
            "UPDATE app.escalations SET recipient_ids = $2, recipient_names = $3, told_at = now()"
            " WHERE case_id = $1",
            case.id,
            [told.membership_id],
            [told.name],
        )
    finally:
        await connection.close()


def web_settings() -> WebSettings:
    """The console's settings for tests."""
    return WebSettings(secret=SECRET)


@asynccontextmanager
async def served(database: Database) -> AsyncIterator[str]:
    """The console on a port of its own; the process's engine is open while it runs."""
    app = create_app(web_settings(), DatabaseSettings(url=database.app_url))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="on"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


class Browsers:
    """Browsers without a screen: HTTP clients that keep their cookies."""

    def __init__(self, opened: Callable[[], Awaitable[httpx.AsyncClient]]) -> None:
        self._opened = opened

    async def fresh(self, locale: str = "en") -> httpx.AsyncClient:
        """One that nobody has signed in with."""
        client = await self._opened()
        client.cookies.set("huiyin_locale", locale, domain="console.test")
        return client

    async def of(self, person: Person, locale: str = "en") -> httpx.AsyncClient:
        """One that the person has signed in with."""
        client = await self.fresh(locale)
        answer = await sign_in(client, person.email)
        assert answer.status_code == 303, answer.text
        return client


async def sign_in(
    client: httpx.AsyncClient, email: str, password: str = PASSWORD, **more: str
) -> httpx.Response:
    """Send the sign-in form as a browser does."""
    page = await client.get("/sign-in")
    form = {"csrf_token": token_in(page), "email": email, "password": password, **more}
    return await client.post("/sign-in", data=form)


def token_in(page: httpx.Response) -> str:
    """The CSRF token of a page's forms."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found is not None, page.text[:500]
    return found[1]


async def send(
    client: httpx.AsyncClient, path: str, *, htmx: bool = False, **fields: object
) -> httpx.Response:
    """Send a form of one of the person's own pages."""
    page = await client.get("/account")
    form = {"csrf_token": token_in(page), **{name: str(value) for name, value in fields.items()}}
    return await client.post(path, data=form, headers={"hx-request": "true"} if htmx else {})


class Browsing:
    """Real browsers of the console; what their consoles say against it is collected."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    async def page(
        self, locale: str, *, theme: str = "light", phone: bool = False, scripts: bool = True
    ) -> Page:
        """A browser that nobody has signed in with."""
        context = await self._browser.new_context(
            base_url=self._address,
            viewport={"width": 390, "height": 844} if phone else {"width": 1440, "height": 900},
            is_mobile=phone,
            has_touch=phone,
            java_script_enabled=scripts,
            reduced_motion="reduce",
            timezone_id="Asia/Shanghai",
        )
        self.contexts.append(context)
        cookies = {"huiyin_locale": locale, "huiyin_theme": theme}
        await context.add_cookies(
            [{"name": name, "value": value, "url": self._address} for name, value in cookies.items()]
        )
        page = await context.new_page()
        page.on("console", self._on_console)
        page.on("request", self._on_request)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    async def signed_in(
        self, person: Person, locale: str, *, theme: str = "light", phone: bool = False, scripts: bool = True
    ) -> Page:
        """A browser that the person has signed in with, on their first page."""
        page = await self.page(locale, theme=theme, phone=phone, scripts=scripts)
        await page.goto("/sign-in")
        await self.fill_in(page, person)
        await page.wait_for_selector("#navigation")
        return page

    async def fill_in(self, page: Page, person: Person) -> None:
        """Send the sign-in form."""
        await page.locator("[name=email]").fill(person.email)
        await page.locator("[name=password]").fill(PASSWORD)
        await page.locator("[name=password]").press("Enter")

    def _on_console(self, message: ConsoleMessage) -> None:
        # Refused forms and unknown pages are answered with 4xx on purpose; Chromium writes that down.
        is_refusal = "the server responded with a status of 4" in message.text
        if (
            message.type in {"error", "warning"}
            and not is_refusal
            and "Response Status Error Code 4" not in message.text
        ):
            self.complaints.append(message.text)

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:")):
            self.complaints.append(f"left the machine: {request.url}")


@asynccontextmanager
async def browsing(browser: Browser, address: str) -> AsyncIterator[Browsing]:
    """Browsers of one test, closed at its end; fails for anything their consoles said."""
    opened = Browsing(browser, address)
    yield opened
    for context in opened.contexts:
        await context.close()
    assert not opened.complaints, opened.complaints
