"""The tables of a campaign. docs/bulk.md explains them; people are meant to query them."""

from __future__ import annotations

VERSION = 1
APPLICATION_ID = 0x464C4D43

TABLES = """
CREATE TABLE campaign (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, command TEXT NOT NULL, started TEXT NOT NULL, finished TEXT, options TEXT NOT NULL
);
CREATE TABLE repositories (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL UNIQUE,      -- absolute path, or URL without user and password
  location BLOB NOT NULL,           -- the same in the file system's own bytes
  kind TEXT NOT NULL,               -- directory | url
  name TEXT NOT NULL,
  labels TEXT NOT NULL DEFAULT '{}',-- JSON object
  owner TEXT, team TEXT,            -- two labels that reports group by
  state TEXT NOT NULL DEFAULT 'new',
  reason TEXT NOT NULL DEFAULT '',  -- why it failed, is stale or needs a human
  commit_sha TEXT,                  -- the commit that was planned
  cache_key TEXT,                   -- commit or content, tool, rules, facts and options; NULL: to be planned again
  changes_digest TEXT,              -- what the planned files will hold
  seconds REAL,
  changed TEXT,                     -- when the state last changed, UTC
  branch TEXT, written_commit TEXT, link TEXT,
  asked_run INTEGER, done_run INTEGER
);
CREATE INDEX repositories_by_state ON repositories (state);
CREATE INDEX repositories_by_run ON repositories (asked_run, done_run, id);
CREATE TABLE services (
  repository INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  config TEXT NOT NULL, name TEXT NOT NULL,
  runtime TEXT NOT NULL, python_version TEXT, interpreter TEXT,
  platform TEXT NOT NULL, target_python TEXT, target_system TEXT, chosen TEXT NOT NULL,
  files INTEGER NOT NULL, errors INTEGER NOT NULL, warnings INTEGER NOT NULL
);
CREATE INDEX services_of ON services (repository);
CREATE TABLE findings (
  repository INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  config TEXT NOT NULL, rule TEXT NOT NULL, severity TEXT NOT NULL, fix TEXT NOT NULL, status TEXT NOT NULL,
  message TEXT NOT NULL, hint TEXT NOT NULL, path TEXT NOT NULL, line INTEGER NOT NULL, "column" INTEGER NOT NULL,
  source TEXT NOT NULL
);
CREATE INDEX findings_of ON findings (repository);
CREATE INDEX findings_by_rule ON findings (rule, status);
CREATE TABLE changes (
  repository INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  config TEXT NOT NULL, path TEXT NOT NULL, action TEXT NOT NULL, before_sha256 TEXT, after_sha256 TEXT NOT NULL
);
CREATE INDEX changes_of ON changes (repository);
CREATE TABLE skipped (
  repository INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  path TEXT NOT NULL, line INTEGER, reason TEXT NOT NULL
);
CREATE INDEX skipped_of ON skipped (repository);
CREATE TABLE bystanders (
  repository INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  path TEXT NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL
);
CREATE INDEX bystanders_of ON bystanders (repository);
CREATE TABLE plans (                -- flexmigrate.plan/1 JSON, compressed with zlib; only where there is a service
  repository INTEGER PRIMARY KEY REFERENCES repositories (id) ON DELETE CASCADE, json BLOB NOT NULL
);
CREATE TABLE events (               -- what apply did, in order
  id INTEGER PRIMARY KEY,
  repository INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  at TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, branch TEXT, written_commit TEXT, link TEXT
);
CREATE INDEX events_of ON events (repository);
"""

VIEWS = """
CREATE VIEW by_state AS SELECT state, count(*) AS repositories FROM repositories GROUP BY state;
CREATE VIEW overview AS
  SELECT r.name, r.team, r.owner, r.state, r.reason, r.commit_sha, r.branch, r.link, count(s.config) AS services,
         total(s.files) AS files, total(s.errors) AS errors, total(s.warnings) AS warnings, r.source, r.id
  FROM repositories r LEFT JOIN services s ON s.repository = r.id GROUP BY r.id;
CREATE VIEW ready AS SELECT * FROM overview WHERE state = 'planned';
CREATE VIEW needs_human AS
  SELECT r.name, r.team, f.rule, f.message, f.hint, f.path, f.line, r.reason, r.source, r.id
  FROM repositories r
  LEFT JOIN findings f ON f.repository = r.id AND f.severity = 'error' AND f.status = 'open'
  WHERE r.state = 'needs-human';
CREATE VIEW failures AS
  SELECT reason, count(*) AS repositories, min(name) AS example FROM repositories
  WHERE state = 'failed' GROUP BY reason;
CREATE VIEW by_rule AS
  SELECT rule, severity, status, count(*) AS findings, count(DISTINCT repository) AS repositories
  FROM findings GROUP BY rule, severity, status;
CREATE VIEW by_runtime AS
  SELECT CASE WHEN runtime = 'custom' THEN 'custom runtime'
              ELSE 'Python ' || coalesce(interpreter, python_version, 'unknown') END AS runtime,
         count(*) AS services, count(DISTINCT repository) AS repositories
  FROM services GROUP BY 1;
CREATE VIEW by_team AS
  SELECT coalesce(team, owner, '(no team)') AS team, state, count(*) AS repositories FROM repositories GROUP BY 1, 2;
"""

COLUMNS = {
    "services": 12,
    "findings": 11,
    "changes": 5,
    "skipped": 3,
    "bystanders": 3,
}
"""How many columns each table of a plan has besides the repository."""
