"""One line about work of this screen that goes on: what, a bar, how far, how to end it."""

from textual.widgets import Static

from radonc_tui.actions.progress import Progress

CELLS = 20


def going_line(title: str, progress: Progress | None, way_out: str) -> str:
    """``verify  ████░░ 120 of 362 MB  x stops it``."""
    if progress is None or not progress.total:
        far = f"{progress.stage} …" if progress and progress.stage != title else "…"
        return f"▶ {title}  {far}  {way_out}"
    full = CELLS * min(progress.done, progress.total) // progress.total
    bar = "█" * full + "░" * (CELLS - full)
    count = f"{progress.done} of {progress.total} {progress.unit}".rstrip()
    stage = f"{progress.stage}  " if progress.stage != title else ""
    return f"▶ {title}  {stage}{bar} {count}  {way_out}"


class Going(Static):
    """Hidden while nothing goes on."""

    DEFAULT_CSS = """
    Going { height: 1; padding: 0 1; color: $text-accent; display: none; }
    Going.-on { display: block; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)

    def tell(self, title: str, progress: Progress | None = None, way_out: str = "") -> None:
        """Say how far ``title`` is."""
        self.add_class("-on")
        self.update(going_line(title, progress, way_out))

    def over(self) -> None:
        """Nothing goes on any more."""
        self.remove_class("-on")
        self.update("")
