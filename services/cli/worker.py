"""`huiyin worker`."""

import sys

import click


@click.command("worker")
@click.option("--reports", is_flag=True, help="Make reports instead: a worker of its own, with WeasyPrint.")
def command(*, reports: bool) -> None:
    """Run clocks, events, messages and jobs.

    Without --reports: fires clocks, handles events and sends messages every second, from PostgreSQL alone.
    Start as many as you like, and let a supervisor start each one again when it ends.
    """
    # Only a worker's installation has what sends messages.
    from services.worker.main import run

    sys.exit(run(reports=reports))
