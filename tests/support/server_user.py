"""A process that uses an embedded server until its standard input ends; arguments: SERVER PLACE."""

import json
import sys

from infra.dev import postgres, valkey


def main() -> None:
    """Tell the server's addresses as JSON on one line, then wait."""
    server, place = sys.argv[1:]
    if server == "postgres":
        with postgres.running("test", place=place) as urls:
            _tell_and_wait([urls.owner, urls.app, urls.worker])
    else:
        with valkey.running("test", place=place) as url:
            _tell_and_wait([url])


def _tell_and_wait(urls: list[str]) -> None:
    sys.stdout.write(json.dumps(urls) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
