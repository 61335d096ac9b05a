"""Prints what TensorBoard reads in the event files of a folder: read.py FOLDER.

One JSON object: for every tag the steps and values of its curve."""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

# No curve is thinned out, and nothing is taken away that was written twice.
events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0}, purge_orphaned_data=False)
events.Reload()
print(json.dumps({tag: [[e.step, e.value, e.wall_time] for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}))
