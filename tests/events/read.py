"""Prints the scalars that TensorBoard reads in the event files of a folder: read.py FOLDER.

The output is one JSON object: by tag, a list of [step, value, wall time]."""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

# Neither subsample curves nor drop steps that were written twice.
events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0}, purge_orphaned_data=False)
events.Reload()
print(json.dumps({tag: [[e.step, e.value, e.wall_time] for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}))
