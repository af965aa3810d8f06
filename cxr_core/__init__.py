"""The core of CXR Triage: everything but the pages. Importing it never loads TensorFlow."""

__version__ = "0.1.0"
