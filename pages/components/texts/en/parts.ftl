# What the shared parts of the pages say by themselves: progress, moments.

parts-starting = Starting
parts-progress = { $stage }: { $done } of { $total }
parts-cancel = Cancel
parts-moment = { $moment } UTC
parts-never = never
