"""Parts of the Performance page: what is told of a version, drawn on the dark ground."""
