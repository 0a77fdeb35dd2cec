"""What this package costs, beside other trackers and what the machine can do at best, in the same run.

`__main__`            the command: `python -m benchmarks --help`
`session`             runs each workload of each peer, round by round, in fresh processes; `child` is that process
`results`, `tables`   medians, ratios, targets met or not; Markdown
`machine`             load, calibration and versions, so that a noisy machine is seen
`spans`, `watch`, `crew`   timing of single calls; an independent reader; many processes at once
`peers/`              one file per tracker, in the few calls that the workloads need
`workloads/`          one file per workload: its sizes, what it measures, the targets
`autologging`, `turns`  what autologging adds to trainings, with and without it in turns
`stress`              not timed: writers, readers and kills on one store, then an exact count

To add a peer: `peers/<name>.py` and a line in `peers/__init__.py`.
To add a workload: `workloads/<name>.py` and a line in `workloads/__init__.py`.
"""
