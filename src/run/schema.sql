-- The ledger of a run. `graphpnas trials` with --filter, --csv and --json, and the curves for TensorBoard use the same names and
-- units: accuracies in percent (0 to 100), rewards of own tables in the unit of the run (reward.unit), probabilities as
-- fractions (0 to 1), durations in seconds, times in seconds since 1970 (UTC), log-probabilities as natural logarithms.
-- SQLite does not detect changed values, so the last column of every table is a CRC-32C of the others (checksum.rs).
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    checksum INTEGER NOT NULL
) WITHOUT ROWID;

-- All evaluations, in order. `evaluation` counts only those with a reward, as history.json does.
CREATE TABLE trials (
    number INTEGER PRIMARY KEY,  -- from 1
    round INTEGER NOT NULL,  -- from 0
    state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
    source TEXT NOT NULL CHECK (source IN ('explorer', 'generator', 'neighbour')),
    arch TEXT NOT NULL,  -- the architecture
    key TEXT NOT NULL,  -- canonical key, the same for all graphs of the architecture
    graph TEXT NOT NULL,  -- the graph that was drawn, as JSON
    evaluation INTEGER,  -- from 1
    reward REAL,  -- validation accuracy in percent, or in the unit of the run; measured with shared weights if the search uses them
    test REAL,  -- test accuracy in percent, or in the unit of the run
    parameters INTEGER,  -- number of parameters of the network
    multiply_adds INTEGER,  -- number of multiply-adds of the network for one image
    latency REAL,  -- time of the network for one image, in seconds
    seed TEXT,  -- seed of the training, an unsigned 64-bit integer
    log_probability REAL,  -- natural logarithm of the probability with which the generator drew it
    started REAL NOT NULL,  -- seconds since 1970 (UTC)
    seconds REAL,  -- time of the evaluation, in seconds
    error TEXT,  -- why it has no reward
    checksum INTEGER NOT NULL
);

-- All rounds. Counts are totals of the run after the round, seconds are those of the round.
CREATE TABLE rounds (
    round INTEGER PRIMARY KEY,  -- from 0
    explored INTEGER NOT NULL,  -- 1 if the random exploration policy proposed, 0 if the generator did
    probability REAL NOT NULL,  -- of exploring, 0 to 1
    steps INTEGER,  -- optimizer steps of the update before the round
    first_loss REAL,  -- of that update
    last_loss REAL,
    train_seconds REAL NOT NULL,
    sample_seconds REAL NOT NULL,
    evaluate_seconds REAL NOT NULL,
    total_seconds REAL NOT NULL,
    evaluations INTEGER NOT NULL,
    best REAL,  -- best reward so far, in percent or in the unit of the run
    invalid INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    not_in_table INTEGER NOT NULL,
    over_limits INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    fallbacks INTEGER NOT NULL,
    checksum INTEGER NOT NULL
);

-- The generator's distribution after some of the rounds, estimated from draws, as JSON.
CREATE TABLE distributions (
    round INTEGER PRIMARY KEY,
    distribution TEXT NOT NULL,
    checksum INTEGER NOT NULL
);
