"""How big a home is, by its parts."""

from store.home import Home
from store.home_size import sizes


def test_parts_are_counted_and_what_lies_elsewhere_is_not(home: Home) -> None:
    assert sizes(home) == {}
    home.database.write_bytes(b"x" * 100)
    home.database.with_name("store.duckdb.wal").write_bytes(b"x" * 11)
    (home.folder("runs") / "run-1" / "adapter").mkdir(parents=True)
    (home.folder("runs") / "run-1" / "adapter" / "weights").write_bytes(b"x" * 50)
    (home.folder("models") / "linked").symlink_to(home.database)
    (home.path / "settings.toml").write_bytes(b"x" * 7)
    assert sizes(home) == {"store": 111, "runs": 50, "rest": 7}
