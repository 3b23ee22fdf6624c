"""The twin, its points and sources, the event log and the rules."""

import sqlalchemy as sa
from alembic import op

revision = "store_0001"
down_revision = None
branch_labels = ("store",)
depends_on = None

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _thing_reference(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], ["thing.id"], name=name, deferrable=True, initially="DEFERRED")


def upgrade() -> None:
    op.create_table(
        "thing",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("kind", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent", IDENTIFIER),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("geometry", sa.LargeBinary()),
        sa.Column("minx", sa.Double()),
        sa.Column("miny", sa.Double()),
        sa.Column("maxx", sa.Double()),
        sa.Column("maxy", sa.Double()),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_thing"),
        _thing_reference("thing", "parent"),
        _thing_reference("thing", "tenant"),
    )
    op.create_index("ix_thing_kind_id", "thing", ["kind", "id"])
    op.create_index("ix_thing_parent", "thing", ["parent"])
    op.create_index("ix_thing_tenant_id", "thing", ["tenant", "id"])
    op.create_index("ix_thing_minx_miny_maxx_maxy", "thing", ["minx", "miny", "maxx", "maxy"])
    op.create_table(
        "point",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("thing", IDENTIFIER, nullable=False),
        sa.Column("quantity", IDENTIFIER, nullable=False),
        sa.Column("interval_ms", sa.BigInteger()),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("low", sa.Double()),
        sa.Column("high", sa.Double()),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_point"),
        sa.UniqueConstraint("number", name="uq_point_number"),
        _thing_reference("point", "thing"),
        _thing_reference("point", "tenant"),
    )
    op.create_index("ix_point_thing", "point", ["thing"])
    op.create_index("ix_point_tenant_id", "point", ["tenant", "id"])
    op.create_index("ix_point_quantity_id", "point", ["quantity", "id"])
    op.create_table(
        "source",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("stream", IDENTIFIER, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_source"),
        sa.UniqueConstraint("id", "stream", name="uq_source_id_stream"),
    )
    op.create_table(
        "event",
        sa.Column("seq", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", IDENTIFIER, nullable=False),
        sa.Column("actor", IDENTIFIER, nullable=False),
        sa.Column("subject", IDENTIFIER, nullable=False),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_event"),
    )
    for columns in (["subject", "seq"], ["kind", "seq"], ["actor", "seq"], ["at"]):
        op.create_index(f"ix_event_{'_'.join(columns)}", "event", columns)
    op.create_table(
        "rule",
        sa.Column("name", IDENTIFIER, nullable=False),
        sa.Column("version", IDENTIFIER, nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name="pk_rule"),
    )
    op.create_index("ix_rule_name_effective_from", "rule", ["name", "effective_from"])
    _make_events_append_only()


def _make_events_append_only() -> None:
    """The log's own rule, kept by the database whoever connects to it."""
    if op.get_context().dialect.name == "sqlite":
        # A replacing INSERT deletes without firing the trigger for DELETE, hence the third.
        for name, when in (
            ("event_no_update", "BEFORE UPDATE ON event"),
            ("event_no_delete", "BEFORE DELETE ON event"),
            (
                "event_no_replace",
                "BEFORE INSERT ON event WHEN EXISTS (SELECT 1 FROM event WHERE seq = NEW.seq)",
            ),
        ):
            op.execute(
                f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'the event log is append-only' "
        "USING ERRCODE = 'integrity_constraint_violation'; END$$"
    )
    op.execute(
        "CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE ON event "
        "FOR EACH ROW EXECUTE FUNCTION event_is_append_only()"
    )
    op.execute(
        "CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON event "
        "FOR EACH STATEMENT EXECUTE FUNCTION event_is_append_only()"
    )
