"""Dealers and their regions from a CSV file; what is known by its code stays as it is."""

from collections.abc import Mapping

from shared.audit.log import AuditEntry, append
from shared.db.engine import Transaction
from shared.errors import FieldError, Invalid
from shared.onboarding.files import (
    DEALER_COLUMNS,
    DEALER_REQUIRED,
    FileResult,
    FileRow,
    RowResult,
    RowStatus,
    read_rows,
)
from shared.onboarding.staff import staff_phone
from shared.onboarding.taking import take_rows
from shared.permissions import Permission
from shared.tenancy import Actor, Scope
from shared.tenants import dealers as network
from shared.tenants.dealers import NewDealer, NewRegion, Region, RegionLevel
from shared.tenants.oems import oem


async def import_dealers(actor: Actor, content: bytes, *, dry_run: bool) -> FileResult:
    """Create the dealers of a file, and areas and districts on the way; a verdict for every row.

    Rows that cannot be taken leave the others alone. `dry_run` tells the same and writes nothing. Raises
    `Forbidden`, and `Invalid` (`file`) for what is no such file.
    """
    actor.require(Permission.TENANT_MANAGE)
    rows = read_rows(content, DEALER_COLUMNS, DEALER_REQUIRED)
    return await take_dealers(actor, rows, dry_run=dry_run)


async def take_dealers(actor: Actor, rows: list[FileRow], *, dry_run: bool) -> FileResult:
    """As `import_dealers`, with rows read already."""
    actor.require(Permission.TENANT_MANAGE)
    scope = Scope.oem(actor.oem_id)
    return await take_rows(scope, rows, lambda tx: _Work.begun(tx, actor), dry_run=dry_run)


class _Work:
    def __init__(
        self, tx: Transaction, actor: Actor, country: str, regions: Mapping[str, Region], codes: set[str]
    ) -> None:
        self._tx = tx
        self._actor = actor
        self._country = country
        self._regions = dict(regions)
        self._codes = codes

    @classmethod
    async def begun(cls, tx: Transaction, actor: Actor) -> "_Work":
        # Two files at the same time: the second waits here and then knows what the first has made.
        await tx.execute("SELECT 1 FROM oems WHERE id = $1 FOR UPDATE", actor.oem_id)
        regions = {each.code: each for each in await network.regions(tx, actor.oem_id)}
        codes = {each.code for each in await network.dealers(tx, actor.oem_id)}
        return cls(tx, actor, (await oem(tx, actor.oem_id)).country, regions, codes)

    async def take(self, row: FileRow) -> RowResult:
        code = row.cells.get("code", "")
        if row.problem is not None:
            return row.rejected(code, row.problem)
        if code in self._codes:
            return RowResult(line=row.line, name=code, status=RowStatus.KNOWN)
        cells = row.cells
        problems = self._region_problems(cells)
        phone = ""
        try:
            phone = staff_phone(cells["phone"], self._country)
        except Invalid as error:
            problems += error.fields
        if problems:
            return row.rejected(code, *problems)
        area = await self._region(cells, "area", None)
        district = await self._region(cells, "district", area)
        made = await network.create_dealer(
            self._tx,
            self._actor.oem_id,
            NewDealer(
                region_id=district.id,
                code=code,
                name=cells["name"],
                name_en=cells["name_en"] or cells["name"],
                province=cells["province"],
                city=cells["city"],
                phone=phone,
                complaints_officer=cells["complaints_officer"],
            ),
        )
        self._codes.add(code)
        await self._log("dealer.create", "dealer", made.id, made.id)
        return RowResult(line=row.line, name=code, status=RowStatus.CREATED)

    def _region_problems(self, cells: Mapping[str, str]) -> list[FieldError]:
        problems: list[FieldError] = []
        if cells["area_code"] == cells["district_code"]:
            problems.append(FieldError("district_code", "region_is_other_level"))
        area, district = (self._regions.get(cells[f"{each}_code"]) for each in ("area", "district"))
        if area is not None and area.level is not RegionLevel.AREA:
            problems.append(FieldError("area_code", "region_is_other_level"))
        if district is not None and (area is None or district.parent_id != area.id):
            problems.append(FieldError("district_code", "district_of_other_area"))
        return problems

    async def _region(self, cells: Mapping[str, str], level: str, parent: Region | None) -> Region:
        code = cells[f"{level}_code"]
        if code not in self._regions:
            name = cells[f"{level}_name"] or code
            new = NewRegion(
                code=code,
                name=name,
                name_en=cells[f"{level}_name_en"] or name,
                parent_id=parent.id if parent else None,
            )
            made = await network.create_region(self._tx, self._actor.oem_id, new)
            self._regions[code] = made
            await self._log("region.create", "region", made.id, 0)
        return self._regions[code]

    async def _log(self, action: str, entity: str, entity_id: int, dealer_id: int) -> None:
        entry = AuditEntry(action=action, entity=entity, entity_id=str(entity_id), dealer_id=dealer_id)
        await append(self._tx, self._actor, await self._tx.now(), entry)
