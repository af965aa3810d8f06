# Performance: how good a version is. What is told of it (sections, tables, figures) is the core's.

performance-title = Performance
performance-broken = { $name } cannot be used: { $problem }
performance-none = There is no model version
performance-none-told = Train one on the Retrain page, or start the server with CXR_MODELS_DIR set to the folder that holds them.
performance-version = Version
performance-never-judged = { $name } was never judged
performance-never-judged-told = Nothing is known of how good it is. Judge it from a terminal, and come back:
performance-judge = python -m cxr_core evaluate { $name } --manifest MANIFEST --out report --record
performance-part = Part
performance-part-sources = Sources
performance-part-shortcuts = Shortcuts
performance-part-classes = Classes
performance-part-calibration = Calibration
performance-part-ancestors = Ancestors
performance-part-version = Version
performance-part-card = Card
performance-numbers = { $section }: the numbers
performance-prevalence = Prevalence of the class where the version would be used, %
performance-save-report = Download the report
performance-save-numbers = Download the numbers
performance-save-checklists = Download the checklists
performance-save-card = Download the card
performance-no-card = There is no card
performance-no-card-told = Judge the version again with `--record`.
