"""Start the Keras backend: quietly, with a set number of threads, once per process."""

from __future__ import annotations

import functools
import gc
import os


@functools.cache
def start_backend(threads: int) -> None:
    """Import Keras and its backend; `threads` 0 leaves the choice to them.

    TensorFlow takes thread counts only before its first operation, so this comes first.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras

    if keras.backend.backend() == "tensorflow" and threads:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)


def forget_networks() -> None:
    """Give back the memory of networks that nobody holds any more.

    Keras keeps compiled graphs for the life of a process: a study of thirty trainings would
    grow by half a gibibyte with each.
    """
    import keras

    keras.utils.clear_session(free_memory=False)
    spare_collector()


def spare_collector() -> None:
    """Let the garbage collector pass over all that lives now: call it after loading a network.

    TensorFlow and a network are a million objects that stay as long as they serve. Streamlit
    has them walked through twice after every run of a page, a third of a second each in which
    no other thread runs. What died since the last call, set aside or not, is collected here.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
