"""The kinds of jobs, and where a training's files lie in its job's folder."""

TRAIN, CURATE, MEASURE = "train", "curate", "measure"
COMPARE, EVALUATE = "compare", "evaluate"
RUN_FOLDER, REPORT_FOLDER = "run", "report"
