"""One schema for both databases: no column is called what PostgreSQL calls one of its own."""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    raise NotImplementedError("There is no way back to an older schema but a backup.")
