"""The tables. Rows stay in this room and in `jobs`; everybody else gets frozen values.

Times are seconds since 1970 by the database's clock, JSON is text. What must be true of two
rows at once (one champion a line, one active job a key) is an index, not a promise.
"""

from __future__ import annotations

import sqlalchemy as sa

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
_Time = sa.Double
_IS_ACTIVE = sa.text("state IN ('queued', 'running', 'paused')")
_IS_CHAMPION = sa.text("state = 'champion'")

USERS = sa.Table(
    "users",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text),  # Argon2; none for those who sign in elsewhere
    sa.Column("subject", sa.Text, unique=True),  # OIDC issuer and subject
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("is_disabled", sa.Boolean, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("locked_until", _Time),
    sa.Column("created", _Time, nullable=False),
    sa.Column("last_seen", _Time),
)

SESSIONS = sa.Table(
    "sessions",
    METADATA,
    sa.Column("digest", sa.Text, primary_key=True),  # SHA-256 of the token
    sa.Column(
        "user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("created", _Time, nullable=False),
    sa.Column("last_used", _Time, nullable=False),
    sa.Column("expires", _Time, nullable=False),
)

QUEUES = sa.Table(
    "queues",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("tick", sa.BigInteger, nullable=False),  # written first by whoever claims
)

JOBS = sa.Table(
    "jobs",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("queue", sa.Text, sa.ForeignKey("queues.name"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("key", sa.Text),  # of two active jobs with one key, the second is not made
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("arguments", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("request", sa.Text),  # "cancel" or "pause", until it is heard
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("created", _Time, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("started", _Time),
    sa.Column("finished", _Time),
    sa.Column("fence", sa.BigInteger, nullable=False),  # grows with every owner
    sa.Column("owner", sa.Text),
    sa.Column("lease_until", _Time),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("most_attempts", sa.Integer, nullable=False),
    sa.Column("progress", sa.Text),
    sa.Column("progress_at", _Time),
    sa.Column("seconds", _Time, nullable=False),  # of work, over all attempts
    sa.Column("error", sa.Text),
    sa.Column("result", sa.Text),
    sa.Index(
        "one_active_job_a_key",
        "key",
        unique=True,
        sqlite_where=_IS_ACTIVE,
        postgresql_where=_IS_ACTIVE,
    ),
    sa.Index("jobs_in_order", "queue", "state", "priority", "created"),
)

WORKERS = sa.Table(
    "workers",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("process", sa.Integer, nullable=False),
    sa.Column("started", _Time, nullable=False),
    sa.Column("seen", _Time, nullable=False),
    sa.Column("code_version", sa.Text, nullable=False),
)

VERSIONS = sa.Table(
    "versions",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),  # its folder's name
    sa.Column("line", sa.Text, nullable=False),  # what it serves as: vgg16, resnet50, ...
    sa.Column("state", sa.Text, nullable=False),  # candidate, champion, retired
    sa.Column("origin", sa.Text, nullable=False),  # bundled, trained, imported
    sa.Column("weights_sha256", sa.Text, nullable=False),
    sa.Column("job", sa.Text),
    sa.Column("created", _Time, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Index(
        "one_champion_a_line",
        "line",
        unique=True,
        sqlite_where=_IS_CHAMPION,
        postgresql_where=_IS_CHAMPION,
    ),
)

PROMOTIONS = sa.Table(
    "promotions",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # promotion, rollback
    sa.Column("version", sa.Text, nullable=False),  # which may have been purged since
    sa.Column("previous", sa.Text),
    sa.Column("at", _Time, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),  # why the gate's word was set aside
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("calibration", sa.Text),  # thresholds fitted for this promotion
)

AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column(
        "seq",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("at", sa.Text, nullable=False),  # ISO 8601, UTC
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)

AUDIT_HEAD = sa.Table(
    "audit_head",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # always 1
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)
