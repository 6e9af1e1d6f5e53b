"""`dawbridge jobs`: the work on recordings that waits, runs and is done."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from bridge.cli.options import Config, Set, settings_for

jobs = typer.Typer(
    name="jobs",
    help="The work on recordings: list, cancel, do again, hold back.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Number = Annotated[int, typer.Argument(help="The job's number.", min=1, max=2**31)]


@jobs.command("list")
def list_(config: Config = None, assignments: Set = None) -> None:
    """List the last jobs, newest first.

    Examples:

      dawbridge jobs list
    """
    from bridge.library.holds import held
    from bridge.library.opening import open_library

    with open_library(settings_for(None, config, assignments).settings) as kept:
        found = kept.jobs.all(most=50)
    reason = held()
    if reason:
        print(f"Jobs wait: {reason}")
    if not found:
        print("There are no jobs.")
    for job in found:
        doing = f"{job.stage or 'begins'} {job.progress:.0%}" if job.state == "running" else ""
        why = f"{job.error['what']}: {job.error['cause']}" if job.error else ""
        when = datetime.fromtimestamp(job.ended or job.started or job.made)
        print(f"{job.id:>5}  {when:%Y-%m-%d %H:%M}  {job.state:<9}  {job.name}  {doing}{why}")


@jobs.command()
def cancel(number: Number, config: Config = None, assignments: Set = None) -> None:
    """End a job that waits or runs; what it has heard is kept.

    Examples:

      dawbridge jobs cancel 12
    """
    from bridge.library.opening import open_library

    with open_library(settings_for(None, config, assignments).settings) as kept:
        job = kept.jobs.cancel(number)
    print(f"{job.id}  {job.state}  {job.name}")


@jobs.command()
def again(
    number: Number,
    stage: Annotated[
        str | None,
        typer.Option(help="From this stage on: decode, beats, structure, drums, labels."),
    ] = None,
    config: Config = None,
    assignments: Set = None,
) -> None:
    """Do a job once more, here and now.

    Examples:

      dawbridge jobs again 12

      dawbridge jobs again 12 --stage beats
    """
    from bridge.cli.kept import raise_failure, work_through
    from bridge.cli.progress import progress_bar
    from bridge.library.opening import open_library

    settings = settings_for(None, config, assignments).settings
    with open_library(settings) as kept:
        job = kept.jobs.again(number, stage)
        with progress_bar("analysing") as bar:
            (done,) = work_through(
                kept, settings, [job.id], lambda now: bar(now[0].progress, job.name)
            )
    raise_failure(done)
    print(f"{done.id}  {done.state}  {done.name}")


@jobs.command()
def hold(
    reason: Annotated[str, typer.Argument(help="Why, for those who ask.")] = "held by hand",
    seconds: Annotated[
        float | None, typer.Option("--for", help="Seconds until it ends by itself.", min=1)
    ] = None,
) -> None:
    """Let jobs wait, while a DAW records, say.

    Those that run pause, none begins.

    Examples:

      dawbridge jobs hold "recording vocals"

      dawbridge jobs hold --for 3600
    """
    from bridge.library.holds import HAND
    from bridge.library.holds import hold as hold_back

    hold_back(HAND, reason, seconds)
    print("Jobs wait. `dawbridge jobs release` lets them go on.")


@jobs.command()
def release() -> None:
    """Let jobs go on that `dawbridge jobs hold` held back.

    Examples:

      dawbridge jobs release
    """
    from bridge.library.holds import HAND, held
    from bridge.library.holds import release as let_go

    let_go(HAND)
    reason = held()
    print(f"Jobs still wait: {reason}" if reason else "Jobs go on.")
