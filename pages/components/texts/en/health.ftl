# Health: how the installation is, what takes room, and its backups. What is remarked is the core's.

health-title = Health
health-as-of = As of { $at }; renewed every five seconds, disk every minute.
health-level-ok = OK
health-level-watch = Watch
health-level-act = Act

health-disk = Disk
# These three hold markup.
health-disk-own = <strong>{ $size }</strong> CXR Triage, { $share }
health-disk-others = <strong>{ $size }</strong> other programs, { $share }
health-disk-free = <strong>{ $size }</strong> free, { $share }
health-folder = The data folder
health-folder-told = It takes { $size } of the disk.
health-folder-head-what = What
health-folder-head-size = Size
health-folder-head-share = Share
health-folder-other = recipes, keys, timings and what else lies there
health-folder-below = below 1%
health-folder-empty = It is empty.

health-workers = Workers
health-workers-head-where = Where
health-workers-head-state = State
health-workers-head-word = Last word
health-workers-head-since = Since
health-workers-head-version = Version
health-worker = { $host }, process { $process }
health-worker-alive = alive
health-worker-silent = silent for { $span }
health-workers-none = There is none: trainings, curations and comparisons that are ordered wait. Start one with `python -m cxr_core worker`.
health-queue = Queue
health-queue-head-state = State
health-queue-head-jobs = Jobs
health-queue-oldest = The oldest of those that wait has waited { $span }.
health-versions = Versions in force
health-versions-head-line = Line
health-versions-head-name = Version
health-versions-head-origin = Origin
health-versions-head-since = In force since
health-versions-none = No version is in force by the database: the bundled ones read films.

health-devices = Devices
health-devices-processor = Processor
health-devices-cores = Cores
health-devices-cores-told = { $cores }, { $load } at work in the last minute
health-devices-memory = Memory
health-devices-memory-told = { $free } of { $whole } free
health-devices-card = Graphics card
health-devices-card-told = { $name }, { $used } of { $whole } in use
health-devices-card-none = none that its driver tells of
health-database = Database
health-database-kind = Kind
health-database-fault = Fault
health-database-address = Address
health-database-revision = Revision
health-database-revision-none = none
health-database-size = Size
health-database-log = Audit log
health-database-entries = { $entries ->
    [one] 1 entry
   *[other] { $entries } entries
}
health-programs = Programs

health-audit = Audit log
health-audit-check = Check the audit log
health-audit-told = Walks every entry from the first: each is sealed by those before it.
health-audit-broken = The audit log is not whole. { $fault }
health-audit-broken-do = Keep a copy of it.
health-audit-whole = The audit log is whole: { $entries } entries, head { $head }.

health-backups = Backups
health-backups-make = Make a backup
health-backups-told = Rows of the database, versions, runs, ended jobs and manifests, while everything goes on.
health-backups-failed = The backup failed. { $fault }
health-backups-made = Made { $name }.
health-backups-none = There is no backup in the data folder. Keep them on another disk, too.
health-backups-list = Backups, newest first
health-backups-list-name = Backup
health-backups-list-size = Size
health-backups-list-made = Made
health-backups-older = { $older } older ones lie in the folder backups.
health-backups-take = Take away
health-backups-download = Download
health-backups-too-large = It is too large for a browser: copy it on the server.
health-backups-restore = Put a backup back
health-backups-restore-told = Stop the server, and give the file to this command:
health-backups-restore-command = python -m cxr_core restore FILE

health-room = What takes room
health-room-told = What was retired or ended long ago, and nobody needs, may go. What is in force, came with the program, would be put in force by a rollback, or is named by something that stays, never goes.
health-room-days = Older than, days
health-room-show = List what takes room
health-room-other-days = The list below is for { $days } days. List again.
health-room-none = There are no versions, runs, jobs, answers or caches of this place's own.
health-room-list-name = Name
health-room-list-kind = Kind
health-room-list-size = Size
health-room-list-fate = Fate
health-room-list-reason = Why it stays
health-room-goes = may go
health-room-stays = stays
health-purge = Purge { $size }
health-purge-sure = { $things ->
    [one] Remove 1 thing for good? A purge cannot be undone; make a backup before.
   *[other] Remove { $things } things for good? A purge cannot be undone; make a backup before.
}
health-purge-do = Remove them
health-purge-stopped = The purge stopped. { $fault }
health-purge-done = { $things ->
    [one] Purged 1 thing; { $size } were freed.
   *[other] Purged { $things } things; { $size } were freed.
}
