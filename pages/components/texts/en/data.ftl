# Data: the films that versions learn from, what became of each, and what not to believe of them.

data-title = Data
data-reading = Reading the manifest
data-section = Section
data-section-overview = Overview
data-section-samples = Samples
data-section-copies = Copies
data-section-excluded = Excluded
data-section-sources = Sources
data-section-datasheet = Datasheet
data-any = any

data-trust-title = Before believing an accuracy on these films
data-trust-guess-class-from-source = Class, guessed from the source's name
data-trust-guess-class-from-thumbnail = Class, guessed from a 32 x 32 thumbnail
data-trust-guess-source-from-thumbnail = Source, guessed from a 32 x 32 thumbnail
data-trust-commonest = always the commonest: { $share }
data-trust-leak = Test films that leak, dealt film by film
data-trust-leak-here = in this manifest: none
data-trust-not-measured = How far class and source can be guessed was not measured: it takes two sources and two classes with ten patients or more.
data-trust-left-out = Too few patients to be measured, and left out: { $names }.

data-curate = Curate
data-curate-again = Curate again
data-curate-administrator = An administrator can curate the films again.
data-curate-nothing = No known release is on this server yet.
data-curate-first-told = Reads every release on this server, finds copies, deals patients to splits and writes a manifest when all is done. No film is changed.
data-curate-again-told = Reads every release on this server, finds copies, deals patients to splits and writes a new manifest when all is done. No film is changed, and the manifest shown here stays in force until then.
data-curate-paused = Paused
data-curate-no-worker = Waiting for a worker: none is there at the moment
data-curate-starting = Starting
data-curate-waiting = Waiting for other work to end
data-curate-failed = The curation failed. { $fault }
data-curate-done = Curated. This is the new manifest.
data-curate-cancelled-first = Cancelled. There is no manifest. What was read is kept, so the next run is quicker.
data-curate-cancelled-again = Cancelled. The manifest is the old one. What was read is kept, so the next run is quicker.

data-facts = { $images } images, { $used } used, of { $patients } patients. Table { $digest }, { $origin }.

data-classes = Class by source
data-labels = Labels
data-labels-classes = Three classes
data-labels-findings = All findings
data-classes-told = Numbers count films; the more a cell stands out, the larger their share of its source. An empty cell has none.
data-splits = Split by class
data-ages = Age by source
data-ages-of-all = { $source } says of all its films: { $ages }; not of each.
data-views = View by source
data-sizes = Longer side of the files, in pixels
data-commonest = Commonest size of the files
data-commonest-head-source = Source
data-commonest-head-size = Columns x rows
data-commonest-head-films = Films
data-commonest-head-share = Share of the source
data-no-film = No film is used.
data-chart-hover = { $place }: { $films } films, { $share } of the row
data-chart-row = { $source }: { $films } films, { $share } { $most }
data-chart-rows = { $rows }.

data-samples-by-finding = Finding
data-samples-by-source = Source
data-samples-by-split = Split
data-samples-size = Films a page
data-samples-none = No used film is of this finding, source and split. Choose another.
data-samples-not-used = not used
data-film-alt = Film of { $source }, { $finding }
data-film-absent = This film is not on this machine, or cannot be read.

# Also below the films of the Compare page.
data-page-back = Previous page
data-page-on = Next page
data-page-place = { $first } to { $last } of { $total }

data-copies-kind = Films that there are several pictures of
data-copies-kind-all = All ({ $clusters })
data-copies-kind-across-sources = Across sources ({ $clusters })
data-copies-kind-disagreeing = Disagreeing ({ $clusters })
data-copies-none = There are none of this kind.
data-copies-cluster = { $pictures } pictures, { $findings }
data-copies-or = { $first } or { $second }
data-copies-kept = kept
data-copies-fate = { $source }: { $fate }
data-copies-fate-split = { $source }: { $fate }, { $split }

data-excluded-counts = Images by what became of them, and by source
data-excluded-images = Images
data-excluded-all = All
data-excluded-by-reason = Reason
data-excluded-by-source = Source
data-excluded-save = Save these rows as CSV
data-excluded-none = Nothing is excluded for this reason from this source.
data-excluded-list = Excluded images
data-excluded-list-path = Path
data-excluded-list-source = Source
data-excluded-list-reason = Reason
data-excluded-list-finding = Finding as published
data-excluded-list-detail = Detail

data-first-title = No films have been curated yet
data-first-here = Public releases are on this server. Press Curate.
data-first-told = Put public releases into the folder that CXR_DATASETS_DIR names, each in a folder of its own; the commands are below. Or start the server on a folder that has them:
data-first-serve = CXR_DATASETS_DIR=/path/to/releases streamlit run app.py
data-first-terminal = Or curate from a terminal and come back:
data-first-curate = python -m cxr_core datasets curate --root /path/to/releases

data-sources-found = Sources found
data-sources-head-source = Source, revision
data-sources-head-here = Images here
data-sources-head-full = Full release
data-sources-head-licence = Licence
data-sources-head-citation = Citation
data-sources-not-known = not known
data-sources-about = about { $images }
data-sources-ages = Ages { $ages }.
data-sources-absent = Sources not here
data-sources-none-absent = Every known source is here.
data-sources-release = { $name }: { $title } (about { $images } images, { $size })
data-sources-fetch = With this project, resumed where it broke off
data-sources-by-hand = Or by hand, in the folder of the releases ({ $variable })

data-datasheet-save = Download the datasheet
data-datasheet-none = There is no datasheet
data-datasheet-none-told = It is missing beside the manifest. Curate again.
