"""One calm progress bar on standard error; none where nobody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Bar = Callable[[float, str], None]  # 0..1, and what is being done


@contextmanager
def progress_bar(title: str) -> Iterator[Bar]:
    """Gives a function that moves it. The bar is gone when it is over."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda share, doing: bar.update(
            task, completed=share, description=f"{title}  {doing}" if doing else title
        )
