# Triage: the uploader, the progress of reading, the worklist.

triage-title = Triage
triage-read = Read { $done } of { $total }
triage-read-last = Read { $done } of { $total }: { $name }
triage-stop = Stop
triage-stopped = Stopped: { $waiting } of { $total } films wait.
triage-go-on = Read the rest
triage-from-top = Review from the top
triage-clear = Clear the worklist
triage-clear-sure = Forget all { $total } films of this session? Your own files stay.
triage-clear-do = Forget them
triage-empty = The worklist is empty: drop radiographs above, or see it at work on two films that this program draws and that show no patient.
triage-synthetic = Try two synthetic films
triage-drawing = Drawing two films

upload-signed-out = Nobody is signed in. Sign in to upload films.
upload-kinds = PNG, JPEG, WebP, TIFF, BMP, DICOM up to { $film }; a zip of them up to { $archive }
upload-region = Add films
upload-lead = Drop frontal chest radiographs here, or a folder of them
upload-files = Choose files
upload-folder = Choose a folder
upload-films = Films
upload-progress = Uploaded
upload-cancel = Cancel
upload-none = No films were found there.
upload-count = { $done } of { $total } files, { $sent } of { $size }
upload-lost = { $failed ->
    [one] One file did not get through.
   *[other] { $failed } files did not get through.
}
upload-broken = The connection fails.
upload-go-on = Go on
upload-again = Try again
upload-done = { $done ->
    [one] One file uploaded.
   *[other] { $done } files uploaded.
}
upload-busy = { $total ->
    [one] Uploading one file.
   *[other] Uploading { $total } files.
}

# Priorities and states of a row; each has a shape and a colour of its own too.
priority-urgent = Urgent
priority-unread = Unread
priority-soon = Soon
priority-routine = Routine
priority-waiting = Waiting
priority-refused = Refused
priority-held = Held
priority-shown = Shown

worklist-region = Worklist
worklist-priority = Priority
worklist-film = Film
worklist-file = File
worklist-finding = Favourite class and probability
worklist-models = Models
worklist-warnings = Warnings
worklist-open = Open
worklist-score = finding { $share }
worklist-score-told = Mean probability of a finding over the models
worklist-same-study = same study
worklist-waiting = Waiting to be read
worklist-no-warnings = none
worklist-agree = agree
worklist-disagree = disagree
worklist-not-comparable = not comparable
worklist-review = Review
worklist-review-film = Review { $name }
worklist-held = Its header says that text is burnt into the film; it may name the patient, and mislead the models. It is held back until you decide to look.
worklist-child = Film of a child; these models were not trained on children
worklist-lateral = Lateral: shown, not read. The models know frontal films only.
worklist-oblique = Oblique: shown, not read. The models know frontal films only.
