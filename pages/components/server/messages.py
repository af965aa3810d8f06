"""What a browser may say over its WebSocket.

A page that stays open outlives its session: a part of it that renews itself would go on, and a
button would be acted on before the page could ask who is there. So each message is looked at:
once nobody is signed in behind it, it becomes a mere wish to see the page again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError
from starlette.concurrency import run_in_threadpool
from streamlit.proto.BackMsg_pb2 import BackMsg

from cxr_core.errors import CxrError
from pages.components.session import services

if TYPE_CHECKING:
    from starlette.types import Message, Receive

# Not among them: to clear the server's caches for everybody, and what developers use.
_KNOWN = {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request"}
_KNOWN_OPERATIONS = {"deferred_file", "dataframe_chunk"}


def guarded(receive: Receive, token: str | None) -> Receive:
    """Wrap a WebSocket's `receive`: what should not be heard is passed over."""

    async def receive_guarded() -> Message:
        while True:
            message = await receive()
            data = message.get("bytes")
            if message["type"] != "websocket.receive" or data is None:
                return message
            heard = await run_in_threadpool(hear, data, token)
            if heard is not None:
                return {**message, "bytes": heard}

    return receive_guarded


def hear(data: bytes, token: str | None) -> bytes | None:
    """Return what shall be heard of a message, from whoever holds the token; None: nothing."""
    message = BackMsg()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return data  # Streamlit ends the connection
    kind = message.WhichOneof("type")
    is_rerun = kind == "rerun_script"
    if not _is_known(message):
        return None
    is_use = is_rerun and not message.rerun_script.is_auto_rerun
    try:
        who = services().people().sessions.actor_of(token, is_use=is_use)
    except CxrError:  # the page will say what it is
        who = None
    if who is not None:
        return data
    if not is_rerun:
        return None
    message.rerun_script.ClearField("widget_states")
    message.rerun_script.ClearField("fragment_id")
    return bytes(message.SerializeToString())


def _is_known(message: BackMsg) -> bool:
    if message.WhichOneof("type") == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in _KNOWN_OPERATIONS
    return message.WhichOneof("type") in _KNOWN
