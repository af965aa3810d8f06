"""Films on their way in: where they lie until their worklist is cleared."""
