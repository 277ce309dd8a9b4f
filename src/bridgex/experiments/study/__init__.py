"""Studies: many models, pairs and tasks from one file, as a set of stored cases.

`reading` reads the file (`file` is what it may hold), `plan` makes it into cells (model × pair ×
task) with their keys, `folder` keeps a `Case` for each, `work` claims and runs what is missing,
`executors` say where. Tables, statistics and comparisons are functions of the stored cases alone.
"""
