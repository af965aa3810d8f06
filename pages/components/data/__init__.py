"""The parts of the Data page: each draws what the core has counted, and counts nothing."""
