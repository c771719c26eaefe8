"""The variables that only development, the demo and the compose file read; the product knows none of them."""

from typing import Final

TOOLS: Final[tuple[tuple[str, str, str], ...]] = (
    ("HUIYIN_POSTOFFICE_PORT", "8002", "`make demo`: port of the page that shows SMS and e-mails"),
    ("HUIYIN_CHROME", "the first one found", "the Chrome of the browser tests: a name or a path"),
    (
        "HUIYIN_PG_BIN",
        "the newest of its package",
        "`bin` folder of the PostgreSQL that demo and tests start",
    ),
    (
        "HUIYIN_TRIAL_DATA",
        "none",
        "folder with trial data; tests and figures that need it are skipped without",
    ),
    ("HUIYIN_CHAOS_SECONDS", "300; in `make test` 15", "`make chaos`: how long each torment lasts"),
    ("HUIYIN_CHAOS_SEEDS", "1,2,3,4,5; in `make test` 1", "`make chaos`: one torment for each"),
    ("HUIYIN_FUZZ_EXAMPLES", "500; in `make test` 6", "`make fuzz`: tries at each route of the API"),
    ("HUIYIN_WALKS", "4", "random walks of a case through its states in the tests"),
    ("HUIYIN_OWNER_PASSWORD", "required", "compose: password of the login that migrates"),
    ("HUIYIN_APP_PASSWORD", "required", "compose: password of the web doors' login"),
    ("HUIYIN_WORKER_PASSWORD", "required", "compose: password of the workers' login"),
    ("HUIYIN_REDIS_PASSWORD", "required", "compose: password of Valkey"),
)
"""(variable, default, meaning) of each, as the README shows them."""
