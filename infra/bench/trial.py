"""Real complaints over a real network, for the trial test and the benchmark of the import.

The folder that HUIYIN_TRIAL_DATA names holds two CSV files, known by their columns: complaints (`COMPLAINTS`)
and a network of dealers (`NETWORK`). What the files do not tell is made up by rule, the same each time:

- Dealers have no names. Each is called after its city and its place among that city's dealers (合肥3 店), its
  code is that of its district and its place there (E14-03), and one invented person works there.
- A complaint does not say where it was made, nor how. `MAPPING` spreads both over dealers and channels by a
  hash of the complaint's id, see `shared.imports.mapping.Spread`.
- All complaints are moved in time by one amount, so that the newest came an hour ago.
"""

import csv
import io
import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from shared.cases.vocabulary import Channel
from shared.imports.mapping import Mapping, read_mapping
from shared.onboarding.service import NewOem, add_dealer, add_region, onboard_oem
from shared.onboarding.staff import NewStaff, add_staff
from shared.permissions import Role
from shared.tenancy import Actor
from shared.tenants.dealers import NewDealer, NewRegion

TRIAL_DATA: Final = "HUIYIN_TRIAL_DATA"
COMPLAINTS: Final = frozenset({"id", "received_at", "text", "fault_l1", "fault_l2"})
NETWORK: Final = frozenset({"region", "region_code", "province", "city"})
SLUG: Final = "trial"
_ZONE: Final = ZoneInfo("Asia/Shanghai")
_CHANNELS: Final = [channel.value for channel in Channel]
_MAPPING: Final = f"""
[columns]
external_ref = "id"
received_at = "received_at"
vehicle_brand = "brand"
vehicle_series = "series"
vehicle_model = "variant"
words = "text"
fault_label = ["fault_l1", "fault_l2"]

[spread]
dealer = {{ columns = ["id"] }}
channel = {{ columns = ["id"], over = {_CHANNELS} }}
"""


class TrialData(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of both files."""

    complaints: list[dict[str, str]]
    network: list[dict[str, str]]

    def csv(self, now: datetime) -> bytes:
        """The complaints as a CSV text (UTF-8), the newest received an hour before `now`."""
        newest = max(datetime.fromisoformat(row["received_at"]) for row in self.complaints)
        moved_by = now.astimezone(_ZONE).replace(tzinfo=None) - timedelta(hours=1) - newest
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(self.complaints[0]))
        writer.writeheader()
        for row in self.complaints:
            received_at = datetime.fromisoformat(row["received_at"]) + moved_by
            writer.writerow(row | {"received_at": f"{received_at:%Y-%m-%d %H:%M:%S}"})
        return text.getvalue().encode()


def trial_data() -> TrialData | None:
    """The files of the folder that the environment names; None without one."""
    folder = os.environ.get(TRIAL_DATA, "")
    if not folder:
        return None
    tables = [_rows(path) for path in sorted(Path(folder).glob("*.csv"))]
    complaints = next((rows for rows in tables if rows and rows[0].keys() >= COMPLAINTS), None)
    network = next((rows for rows in tables if rows and rows[0].keys() >= NETWORK), None)
    if complaints is None or network is None:
        return None
    return TrialData(complaints=complaints, network=network)


def trial_mapping() -> Mapping:
    """How the complaints are read."""
    return read_mapping(_MAPPING)


async def found_trial(data: TrialData) -> Actor:
    """The trial's OEM with the dealers of the network, one person at each; who may import there."""
    made = await onboard_oem(
        NewOem(
            slug=SLUG,
            name="试验汽车",
            name_en="Trial Motors",
            admin_email="admin@trial.example.com",
            admin_name="管理员",
        )
    )
    actor = Actor.cli(made.oem_id, "trial")
    districts: dict[str, int] = {}
    areas: dict[str, int] = {}
    for row in data.network:
        if row["region"] not in areas:
            region = await add_region(actor, _area(row["region"], len(areas) + 1))
            areas[row["region"]] = region.id
            await _add_manager(actor, region.id, len(areas))
        if row["region_code"] not in districts:
            district = NewRegion(
                code=row["region_code"],
                name=f"{row['region_code']} 小区",
                name_en=f"District {row['region_code']}",
                parent_id=areas[row["region"]],
            )
            districts[row["region_code"]] = (await add_region(actor, district)).id
    for dealer in _dealers(data, districts):
        dealer_id = (await add_dealer(actor, dealer)).id
        person = NewStaff(
            email=f"{dealer.code.lower()}@trial.example.com",
            name=f"{dealer.name}客服",
            role=Role.CUSTOMER_RELATIONS,
            dealer_id=dealer_id,
        )
        await add_staff(actor, person)
    return actor


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _area(name: str, number: int) -> NewRegion:
    return NewRegion(code=f"A{number}", name=name, name_en=f"Area {number}")


async def _add_manager(actor: Actor, region_id: int, number: int) -> None:
    manager = NewStaff(
        email=f"area{number}@trial.example.com",
        name=f"区域经理{number}",
        role=Role.REGIONAL_MANAGER,
        region_ids=(region_id,),
    )
    await add_staff(actor, manager)


def _dealers(data: TrialData, districts: dict[str, int]) -> Iterator[NewDealer]:
    in_city: Counter[str] = Counter()
    in_district: Counter[str] = Counter()
    for row in data.network:
        city, district = row["city"], row["region_code"]
        in_city[city] += 1
        in_district[district] += 1
        code = f"{district}-{in_district[district]:02d}"
        yield NewDealer(
            region_id=districts[district],
            code=code,
            name=f"{city}{in_city[city]} 店",
            name_en=f"Dealer {code}",
            province=row["province"],
            city=city,
        )
