"""What the palette offers of this screen."""

from radonc_tui.commands import Command

COMMANDS = tuple(
    Command(f"home: {title}", help, "home", action)
    for title, help, action in (
        ("encrypt", "Seal the store and every file with case text.", "encrypt"),
        ("change the key", "Encrypt everything anew under another key.", "rekey"),
        ("decrypt", "Write everything in the clear again; asks for a word.", "decrypt"),
        ("verify the audit log", "Whether it is whole; the head to write down.", "verify"),
        ("filter the audit log", "Entries in which all your words occur.", "search"),
        ("back up", "Everything made here, into a new folder.", "backup"),
        ("restore", "A backup, into a home that has nothing yet.", "restore"),
        ("find a chart", "From a case to its record number, or back; audited.", "find"),
        ("forget a person", "Out of the home; first shows what was trained on them.", "forget"),
        ("stop", "Encrypting, backing up, restoring or forgetting.", "stop"),
    )
)
