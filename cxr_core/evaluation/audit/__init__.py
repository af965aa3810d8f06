"""Whether a version reads lungs or something else. The one evaluation that runs networks."""
