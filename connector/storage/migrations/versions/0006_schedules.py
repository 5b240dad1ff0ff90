"""Schedules: local times, slots that are run once, back-off after failures."""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    raise NotImplementedError("There is no way back to an older schema but a backup.")
