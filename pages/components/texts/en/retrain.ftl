# Retrain: the order of a training, the work under way, a training watched live.

retrain-title = Retrain
retrain-part = Part
retrain-part-train = Train
retrain-part-work = Work
retrain-part-versions = Versions

# The order.
retrain-no-films-title = There is nothing to train on
retrain-no-films = No films have been curated yet: do so on Data.
retrain-go-to-data = Go to Data and curate
retrain-films = Films
retrain-films-told = Films: { $manifest }, dealt by patient.
retrain-manifest-in-force = manifest { $digest }, { $films } films, in force
retrain-manifest-earlier = manifest { $digest }, { $films } films, earlier
retrain-doubts = Before believing an accuracy on these films
retrain-all-doubts = All of it stands on Data
retrain-recipe = Recipe
retrain-recipe-titled = { $name }: { $title }
retrain-recipe-refused = A recipe cannot be used. { $fault }
retrain-paper = After { $paper }.
retrain-network = Network
retrain-start = First weights
retrain-start-told = A version's films stay known: it is never judged on patients it was trained on.
retrain-start-recipe = As the recipe says
retrain-start-scratch = From scratch
retrain-start-imagenet = ImageNet, where it can be fetched
retrain-start-version = Version { $name }
retrain-share = Share of the training films
retrain-share-told = Fewer films are quicker and say less. Every class and source is thinned alike.
retrain-epochs = Epochs at most (the recipe has { $epochs })
retrain-minutes = Minutes at most
retrain-minutes-told = A training that takes longer ends with what it has; it can go on later.
retrain-no-limit = no limit
retrain-name = Name of the version

# What the order comes to.
retrain-plan = What this comes to
retrain-plan-films = **{ $train }** films to learn from, **{ $validation }** to watch it by, **{ $test }** to judge it on; **{ $epochs }** epochs.
retrain-not-timed = How long that takes **is not known** on this machine yet.
retrain-estimate = About **{ $low } to { $high }** on this machine, as it was timed: { $training } of training, { $judging } of judging and audit. People who read films go first; busy hours take longer.
retrain-disk = Needs { $size } of disk while it runs.
retrain-measure = Time a few steps
retrain-measure-waits = Waiting for a worker
retrain-begin = Start training
retrain-begin-later = It can be started once it was timed, so that you know what you begin.
retrain-no-worker = No worker is there at the moment: the order would wait for one.
retrain-same = The same training is under way already; this is it. Nothing was started twice.

# The work under way and done.
retrain-no-work-title = Nothing was ordered yet
retrain-no-work = Trainings, curations and comparisons appear here. Order a training under Train.
retrain-job = Job
retrain-job-listed = { $state }  { $title }, { $when }
retrain-facts = { $state } · ordered by { $who }, { $when }
retrain-facts-again = { $state } · ordered by { $who }, { $when } · attempt { $attempt } of { $most }
retrain-facts-worked = { $state } · ordered by { $who }, { $when } · { $worked } of work
retrain-facts-again-worked = { $state } · ordered by { $who }, { $when } · attempt { $attempt } of { $most } · { $worked } of work
retrain-time-left = Time left, about
retrain-speed = Films a second
retrain-processors = Processors used
retrain-memory = Memory
retrain-candidate = The candidate **{ $name }** is there. Look at it in Compare and Performance, then decide under Versions.
retrain-go-to-versions = Go to Versions
retrain-do-pause = Pause
retrain-do-go-on = Go on
retrain-do-try-again = Try again
retrain-do-cancel = Cancel
retrain-goes-on = It goes on after its last whole epoch.
retrain-log = Log
retrain-log-empty = Nothing was logged.

# States of a job; each has a shape of its own too.
retrain-state-queued = queued
retrain-state-running = running
retrain-state-paused = paused
retrain-state-done = done
retrain-state-failed = failed
retrain-state-cancelled = cancelled
retrain-asked-pause = pausing
retrain-asked-cancel = ending

# A training watched live.
retrain-curves-wait = Curves appear with the first steps.
retrain-chart-loss = Loss
retrain-chart-score = Accuracy and AUC
retrain-chart-rate = Learning rate
retrain-curves-told = { $title }. { $end }
retrain-first-epoch = The first epoch is under way.
retrain-newest = After epoch { $epoch }: loss { $loss }, of validation { $validation_loss }; accuracy { $accuracy }, of validation { $validation_accuracy }.
retrain-axis-epoch = epoch
retrain-curve-loss = training
retrain-curve-validation-loss = validation
retrain-curve-steps = this epoch
retrain-curve-accuracy = training accuracy
retrain-curve-validation-accuracy = validation accuracy
retrain-curve-validation-auc = validation AUC
retrain-curve-rate = learning rate
retrain-looks = Where it looks, on the same validation films
retrain-newest-epoch = Newest epoch
retrain-epoch = Epoch
retrain-picture = Validation films after epoch { $epoch }, each with heat for its own class
retrain-picture-told = After epoch { $epoch }: Grad-CAM for each film's own class; the bar below is the probability that it gets. Heat is no evidence of where a disease is.
retrain-changed = Training films, and below each as an epoch may change it
retrain-changed-picture = Training films above, changed ones below

# Durations and sizes.
retrain-seconds = { $count } s
retrain-minutes-long = { $minutes } min
retrain-hours = { $hours } h { $minutes } min
retrain-days = { $days } days
retrain-gigabytes = { $count } GB
retrain-megabytes = { $count } MB
