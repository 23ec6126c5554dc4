"""The wizard's first step: files from a tree of folders, or by a path that is typed."""

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import DirectoryTree, Static
from textual.widgets.directory_tree import DirEntry
from textual.widgets.tree import TreeNode

from radonc_tui.screens.cases.wizard_state import Draft, short
from radonc_tui.widgets.paths import PathInput
from store.importing.tables import ENDINGS

OFFERED = (*ENDINGS, ".json", ".dcm")
"""The endings of files that some profile reads."""

NOTHING = """\
Nothing is chosen yet.
CSV, TSV, XLSX, Parquet, JSONL,
or a folder: TCGA, FHIR, DICOM."""


def is_table(path: Path) -> bool:
    """Whether a path ends like a file that can be read."""
    return path.suffix.casefold() in OFFERED


def is_offered(path: Path) -> bool:
    """Whether a path is a folder or ends like a file that can be read; looks at the disk."""
    return is_table(path) or path.is_dir()


class FileInput(PathInput):
    """A path; ``tab`` completes it."""

    HELP = (
        "**A path.** `tab` or `right` takes what is suggested in grey, `enter` adds the file or "
        "folder; `enter` once more goes on. `~` is your own folder."
    )
    BINDINGS = [Binding("tab", "complete", "Complete", show=False, id="import.complete")]

    def action_complete(self) -> None:
        """Take the suggestion; without one, leave the field as ``tab`` does elsewhere."""
        before = self.value
        self.action_cursor_right()
        if self.value == before:
            self.screen.focus_next()


class FileTree(DirectoryTree):
    """Folders and the tables in them; chosen ones have a sign."""

    HELP: ClassVar[str | None] = (
        "**Files.** `enter` opens a folder and chooses a file, `space` chooses either, `u` goes "
        "to the folder above."
    )
    ICON_NODE_EXPANDED = "▾ "
    ICON_NODE = "▸ "
    ICON_FILE = "  "
    BINDINGS = [
        Binding("space", "pick", "Choose", id="import.pick", tooltip="A file, or a whole folder"),
        Binding("u", "up", "Folder above", id="import.up", show=False),
        Binding("j", "cursor_down", "Down", show=False),
        Binding("k", "cursor_up", "Up", show=False),
    ]
    chosen: frozenset[Path] = frozenset()

    class Picked(Message):
        """A path was chosen in the tree, or taken back."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        return [path for path in paths if not path.name.startswith(".") and is_offered(path)]

    def render_label(self, node: TreeNode[DirEntry], base_style: Style, style: Style) -> Text:
        label = super().render_label(node, base_style, style)
        if node.data and node.data.path in self.chosen:
            label.append(" ✓ chosen", style)
        return label

    def mark(self, chosen: Iterable[Path]) -> None:
        """Show these paths as chosen."""
        self.chosen = frozenset(chosen)
        # every line is drawn again, because the root is above all of them
        self.root.set_label(self.root.label)

    def action_pick(self) -> None:
        if self.cursor_node and self.cursor_node.data:
            self.post_message(self.Picked(self.cursor_node.data.path))

    @on(DirectoryTree.FileSelected)
    def file_selected(self, event: DirectoryTree.FileSelected) -> None:
        event.stop()
        self.post_message(self.Picked(event.path))

    def action_up(self) -> None:
        self.path = Path(self.path).parent


class FilesStep(Vertical):
    """Which files and folders to import."""

    def __init__(self, start: Path, id: str) -> None:
        super().__init__(id=id)
        self.start = start.absolute()

    def compose(self) -> ComposeResult:
        path = FileInput(placeholder="a file or folder; tab completes, enter adds", id="path")
        path.compact = True
        yield path
        with Horizontal():
            yield FileTree(self.start, id="tree")
            with VerticalScroll(id="chosen-box", can_focus=False):
                yield Static(NOTHING, id="chosen", markup=False)

    def show(self, draft: Draft) -> None:
        """Show what is chosen."""
        self.query_one(FileTree).mark(draft.paths)
        names = [f"✓ {short(path)}{'/' * (not is_table(path))}" for path in draft.paths]
        text = "\n".join(["Chosen", *names, "", "n goes on, x clears"])
        self.query_one("#chosen", Static).update(text if names else NOTHING)
