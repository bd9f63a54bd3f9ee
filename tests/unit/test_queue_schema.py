"""The queue's tables are those of the procrastinate that is installed."""

from procrastinate.schema import SchemaManager

from emmap.store.migrate import migrations


def test_the_migration_holds_the_installed_package_schema() -> None:
    first = migrations("queue")[0].content
    assert SchemaManager.get_schema().strip() in first
