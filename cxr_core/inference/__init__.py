"""Networks, their probabilities and where they looked. The only rooms here that know Keras."""
