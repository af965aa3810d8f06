"""Parts of the Retrain page: the order, the work under way, and a training watched live."""
