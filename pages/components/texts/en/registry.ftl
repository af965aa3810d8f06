# Versions, on Retrain: which read films, which wait, which have served, the bundles.

# The versions that read films.
registry-champions = In force
registry-champions-told = All of them read every film. A change reaches open sessions with the next film.
registry-line-problem = { $line }: { $problem }
registry-since = { $state } of line { $line } since { $when }
registry-accuracy = Accuracy
registry-balanced = Balanced accuracy
registry-titled = { $title }; { $origin }.
registry-roll-back = Roll back
registry-roll-back-told = Puts **{ $before }** in force again as { $line }, with the thresholds that it had, and retires { $name }. Films that are being read now are finished as they were begun.
registry-roll-back-to = Roll back to { $before }
registry-retire-line = Retire the line
registry-retire-line-told = Films are no longer read by **{ $line }**; the other lines go on. It can be promoted again.
registry-retire = Retire { $name }
registry-retired = { $name } is retired.
registry-loading = Loading { $name } and asking its canary
registry-reads = { $name } reads films as { $line }.
registry-reads-now = { $name } reads films as { $line } from now on.

# The versions that wait.
registry-candidates = Candidates
registry-none-title = No version waits
registry-none = Train one under Train, or import a bundle below.
registry-candidates-table = Candidates, newest first
registry-candidate = Candidate
registry-candidate-line = **{ $name }**, for line { $line }
registry-comparing = Comparing it with the champion
registry-not-compared = Not compared with { $champion } yet: { $name } must be asked about the held-out films first. That takes minutes and runs beside the readings.
registry-not-compared-two = Not compared with { $champion } yet: { $first } and { $second } must be asked about the held-out films first. That takes minutes and runs beside the readings.
registry-no-decision = The gate cannot decide. { $problem }
registry-passes = ✓ **Passes the gate** against { $champion }.
registry-fails = ✕ **Does not pass the gate** against { $champion }: { $against }.
registry-open = ✕ **The gate cannot decide** against { $champion }: { $against }.
registry-checks = Checks on { $films } films of { $patients } patients of whom neither version has seen a film
registry-check-passes = ✓{ "\u00A0" }passes
registry-check-fails = ✕{ "\u00A0" }fails
registry-judge = Judge and audit it
registry-promote = Promote
registry-compare = Compare
registry-compared-by = The comparison is under way; Work shows how far it is.
registry-ordered = Ordered: { $title }.
registry-override = Promote against the gate
registry-override-told = **{ $name }** will read films although the gate does not let it pass. The reason is kept in the history and in the audit log. Name no patient.
registry-reason = Reason, { $least } characters or more
registry-aside = Put aside
registry-aside-told = Retires **{ $name }**. It can be promoted all the same.

# The versions that have served, and the changes.
registry-retired-count = Retired versions ({ $count })
registry-retired-table = Retired versions
registry-retired-one = Retired version
registry-history = History of promotions
registry-history-table = Changes of champion, newest first
registry-kind-installation = installation
registry-kind-promotion = promotion
registry-kind-rollback = rollback
registry-gate-not-asked = not asked
registry-gate-passed = passed
registry-gate-set-aside = set aside

# Bundles.
registry-download = Download bundle
registry-import = Import a bundle
registry-import-told = A bundle of this program, from another machine. Its files, their digests and its network are checked before it becomes a candidate; nothing in it is executed.
registry-bundle = Bundle
registry-accept = Verify and accept
registry-accepted = { $name } was verified and is a candidate now.

# Heads of the tables.
registry-head-version = Version
registry-head-state = State
registry-head-line = Line
registry-head-accuracy = Accuracy
registry-head-balanced = Balanced accuracy
registry-head-origin = Origin
registry-head-since = Here since
registry-head-check = Check
registry-head-measured = Measured
registry-head-demanded = Demanded
registry-head-when = When
registry-head-what = What
registry-head-before = Before
registry-head-by = By
registry-head-gate = Gate
registry-head-reason = Reason

# Where a version comes from.
registry-lineage = Lineage
registry-lineage-recipe = Recipe
registry-lineage-start = Started from
registry-lineage-parent = Parent version
registry-lineage-films = Films
registry-lineage-judged = Judged on
registry-lineage-by = Started by
registry-lineage-job = Job
registry-lineage-code = Code version
registry-lineage-command = Command
registry-lineage-network = Network and classes
registry-lineage-weights = Weights
registry-lineage-since = Here since
registry-lineage-size = On the disk
registry-random = random weights, or not known
registry-manifest = manifest { $digest }
registry-nothing = nothing yet
registry-network-told = { $network }: { $classes }
registry-digest = SHA-256 { $digest }

# States, origins and values; a state has a shape of its own too.
registry-state-champion = champion
registry-state-candidate = candidate
registry-state-retired = retired
registry-origin-bundled = came with the program
registry-origin-trained = trained, ordered by { $who }
registry-origin-imported = imported by { $who }
registry-named = { $name } { $version }
registry-none-known = none
registry-not-known = not known
registry-not-judged = not judged
registry-percent = { $share } %
registry-interval = 95 %: { $low } to { $high }
registry-megabytes = { $count } MB
