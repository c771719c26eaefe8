"""The queues of the two workers and what runs in each."""

from datetime import timedelta

from arq import cron
from arq.worker import func

from services.worker.arq_worker import Queue
from services.worker.jobs import files, old_notifications, waiting_reports, wake
from shared.outbox.jobs import FAST_QUEUE, RENDER_REPORT, REPORTS_QUEUE, RUN_FILE_JOB, WAKE


def fast_queue() -> Queue:
    """Beside the loop: what takes seconds."""
    return Queue(
        name=FAST_QUEUE,
        functions=[func(wake.wake, name=WAKE)],
        max_jobs=100,
        job_timeout=timedelta(seconds=20),
    )


def reports_queue() -> Queue:
    """The reports worker: one at a time per process pool; a lost hint is found again every minute."""
    # WeasyPrint is only in the reports worker's image.
    from services.worker.jobs.reports import close_month, print_forms, render_report

    return Queue(
        name=REPORTS_QUEUE,
        functions=[func(render_report, name=RENDER_REPORT), func(files.run_file_job, name=RUN_FILE_JOB)],
        # Named: two functions of one name would be one job to arq.
        cron_jobs=[
            cron(
                waiting_reports.enqueue_waiting,
                name="waiting_reports",
                second=0,
                unique=True,
                run_at_startup=True,
            ),
            cron(files.enqueue_waiting, name="waiting_files", second=15, unique=True, run_at_startup=True),
            cron(files.remove_expired, minute=20, second=0, unique=True),
            # Every hour: each OEM has a time zone of its own, and a night without a worker is caught up.
            cron(close_month, minute=0, second=30, unique=True),
            cron(old_notifications.forget_notifications, hour=18, minute=20, second=0, unique=True),
            cron(print_forms, second=set(range(5, 60, 10)), unique=True),
        ],
        max_jobs=4,
        job_timeout=timedelta(minutes=15),
    )
