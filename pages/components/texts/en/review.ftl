# Review: one film large.

review-title = Review
review-none = No film has been read yet
review-none-do = Films are dropped and read on Triage; each can be looked at here as soon as it is read.
review-go = Go to Triage
review-previous = Previous
review-next = Next
review-film = Film
review-place = { $place } of { $total }: { $name }
beside-label = Beside
beside-none = No film beside it
beside-film = Beside { $place }: { $name }
beside-same-study = Beside { $place }: { $name } (same study)
review-waiting = { $waiting ->
    [one] One more film waits; it is read while Triage is open.
   *[other] { $waiting } more films wait; they are read while Triage is open.
}
review-show = Show it
review-study-frontal = This study has a frontal film.
review-study-lateral = This study has a lateral.
review-study-both = This study has a frontal film and a lateral.
review-open = Open { $name }
review-turn = Turn the greys round
review-turn-help = For a film whose bone is dark. It stays as it came until you turn it.
review-read-again = Read it again so
review-stale = Numbers and heat are still those of the film before.
review-reading = The models read the film

details-title = About this film and the models
details-film = The film
details-format = Format
details-size = Size
details-size-told = { $columns } x { $rows } pixels
details-bits = Bits stored
details-photometric = Photometric interpretation
details-view = View position
details-spacing = Pixel spacing
details-spacing-square = { $size } mm
details-spacing-oblong = { $down } x { $across } mm
details-calibrated = { $size }, calibrated
details-not-calibrated = { $size }, not calibrated
details-digest = SHA-256
details-not-stated = not stated
details-models = Models
details-no-models = none has read this film
details-model = version { $version }, weights { $weights }, { $milliseconds } ms on { $device }; cannot rule out: { $classes } (not calibrated)
