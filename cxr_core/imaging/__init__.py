"""Bytes in, Radiograph out, ModelInput for a network. Knows no network and no page."""
