-- The ledger of a run. Times are seconds since 1970 (UTC), durations seconds, log-probabilities natural logarithms.
-- SQLite does not notice a changed value, so the last column of every table is a CRC-32C of the others (seal.rs).
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    checksum INTEGER NOT NULL
) WITHOUT ROWID;

-- Every evaluation, in order. `evaluation` counts those with a reward, as history.json does.
CREATE TABLE trials (
    number INTEGER PRIMARY KEY,
    round INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
    source TEXT NOT NULL CHECK (source IN ('explorer', 'generator')),
    arch TEXT NOT NULL,
    key TEXT NOT NULL,
    graph TEXT NOT NULL,
    evaluation INTEGER,
    reward REAL,
    test REAL,
    parameters INTEGER,
    multiply_adds INTEGER,
    latency REAL,
    seed TEXT,
    log_probability REAL,
    started REAL NOT NULL,
    seconds REAL,
    error TEXT,
    checksum INTEGER NOT NULL
);

-- What every round did. Counts are those of the whole run after it, seconds its own.
CREATE TABLE rounds (
    round INTEGER PRIMARY KEY,
    explored INTEGER NOT NULL,
    probability REAL NOT NULL,
    steps INTEGER,
    first_loss REAL,
    last_loss REAL,
    train_seconds REAL NOT NULL,
    sample_seconds REAL NOT NULL,
    evaluate_seconds REAL NOT NULL,
    total_seconds REAL NOT NULL,
    evaluations INTEGER NOT NULL,
    best REAL,
    invalid INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    not_in_table INTEGER NOT NULL,
    over_limits INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    fallbacks INTEGER NOT NULL,
    checksum INTEGER NOT NULL
);

-- The generator's distribution after some rounds, estimated from draws, as JSON.
CREATE TABLE distributions (
    round INTEGER PRIMARY KEY,
    distribution TEXT NOT NULL,
    checksum INTEGER NOT NULL
);
