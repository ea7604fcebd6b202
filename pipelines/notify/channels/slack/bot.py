"""Posts messages as a bot: the first message of an incident is edited as it goes on, the others are its thread.

What Slack has confirmed is kept step by step, so that an attempt after an interruption continues where it was. Where
the interruption leaves a doubt, Slack is asked: each message has its id in its metadata.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pipelines.notify.attachment import read_attachment
from pipelines.notify.channels.base import ChannelContext
from pipelines.notify.channels.slack.blocks import metadata, render
from pipelines.notify.channels.slack.web_api import SlackError, WebApi
from pipelines.notify.message import Message
from pipelines.notify.outcome import Receipt, Undeliverable

# Messages of Slack are asked for from this long before ours was stored: clocks differ.
_CLOCK_TOLERANCE = timedelta(minutes=10)
_PAGE = 200
_PAGES = 5

_GONE = {"message_not_found", "thread_not_found"}
# Without the right to read, a message whose fate is unknown is sent again, with a note.
_CANNOT_READ = {"missing_scope", "not_in_channel", "channel_not_found", "no_permission"}
_HISTORY_SCOPES = {"channels:history", "groups:history", "im:history", "mpim:history"}
_PICTURE_SCOPE = "files:write"


def send(api: WebApi, channel: str, message: Message, context: ChannelContext) -> Receipt:
    """Posts `message` in `channel`, or in the thread of its incident whose first message it edits."""
    return _Post(api, channel, message, context).send()


def probe(api: WebApi, channel: str) -> str | None:
    """Returns what the token or the channel lacks, or None. Nothing is posted."""
    try:
        scopes = api.read("auth.test").scopes
        missing = [] if "chat:write" in scopes else ["chat:write"]
        if not scopes & _HISTORY_SCOPES:
            missing.append("channels:history (groups:history for a private channel)")
        if _PICTURE_SCOPE not in scopes:
            missing.append(_PICTURE_SCOPE)
        # A proxy may remove the header that names the scopes.
        if scopes and missing:
            return (
                f"the token lacks the scopes {', '.join(missing)}: add them under OAuth & Permissions of the app,"
                " install the app again and set token"
            )
        api.read("conversations.history", channel=channel, limit="1")
    except Undeliverable as error:
        return error.reason
    return None


class _Post:
    """The steps of one attempt. `_done` has what Slack has confirmed, as the receipt stores it:

    `channel` and `ts` of the message itself, `root` and `root_id` of the first message of its incident, `file` once a
    picture was uploaded, `shown` once it is visible. `attached` and `attached_shown` are the same of the file that goes
    with the message; `attaching` is kept before Slack is asked to show that file.
    """

    def __init__(self, api: WebApi, channel: str, message: Message, context: ChannelContext) -> None:
        self._api = api
        self._message = message
        self._context = context
        self._channel = channel
        # What was posted before the settings named another channel is over.
        earlier = [each.ids for each in context.earlier if each.ids.get("channel") == channel]
        self._first = earlier[-1] if earlier else {}
        self._done: dict[str, Any] = dict(context.progress) if context.progress.get("channel") == channel else {}

    def send(self) -> Receipt:
        """Makes the steps that are not made yet."""
        if "ts" not in self._done:
            self._post()
        self._attach()
        notes = [self._edit(), self._add_picture()]
        return Receipt("; ".join(["accepted by Slack", *filter(None, notes)]), ids=self._done)

    def _post(self) -> None:
        root = self._first.get("root")
        if root is not None:
            try:
                ts = self._find_or_post(thread=str(root))
            except SlackError as error:
                # Somebody deleted the first message: this one takes its place.
                if error.code not in _GONE:
                    raise
            else:
                self._keep(ts=ts, root=root, root_id=self._first.get("root_id"))
                return
        ts = self._find_or_post(thread=None)
        self._keep(ts=ts, root=ts, root_id=self._message.message_id)

    def _find_or_post(self, thread: str | None) -> str:
        """Returns the id that Slack has for the message, which is posted unless it is found."""
        is_doubtful = self._context.may_have_arrived
        if is_doubtful:
            ts, is_doubtful = self._find(thread)
            if ts is not None:
                return ts
        body = render(self._message, may_be_repeated=is_doubtful) | {"channel": self._channel}
        if thread is not None:
            # A thread notifies its followers alone; everybody should see that an incident is critical.
            is_critical = (self._message.status, self._message.severity) == ("firing", "critical")
            body |= {"thread_ts": thread, "reply_broadcast": is_critical}
        return str(self._api.write("chat.postMessage", body).fields.get("ts"))

    def _find(self, thread: str | None) -> tuple[str | None, bool]:
        """Returns the id of the message if Slack has it, and whether that remains in doubt."""
        asked = {"channel": self._channel, "include_all_metadata": "true", "limit": str(_PAGE)}
        if self._context.created is not None:
            asked["oldest"] = f"{(self._context.created - _CLOCK_TOLERANCE).timestamp():.6f}"
        method = "conversations.history" if thread is None else "conversations.replies"
        if thread is not None:
            asked["ts"] = thread
        for _ in range(_PAGES):
            try:
                fields = self._api.read(method, **asked).fields
            except SlackError as error:
                if error.code not in _CANNOT_READ:
                    raise
                return None, True
            found = next(_with_id(fields.get("messages"), self._message.message_id), None)
            following = _text(fields.get("response_metadata"), "next_cursor")
            if found is not None or not following:
                return found, False
            asked["cursor"] = following
        return None, True

    def _edit(self) -> str | None:
        """Shows the state of the incident in its first message, unless this is the first one."""
        root = self._done["root"]
        if root == self._done["ts"]:
            return None
        body = render(self._message.of_thread())
        # The first message stays recognisable as itself.
        own_id = str(self._done.get("root_id") or self._message.message_id)
        own = metadata(self._message.kind, own_id, self._message.dedup_key)
        try:
            self._api.write("chat.update", body | {"channel": self._channel, "ts": root, "metadata": own})
        except SlackError as error:
            if error.can_retry:
                raise
            return f"the first message was not edited: {error.reason}"
        return None

    def _add_picture(self) -> str | None:
        """Adds the chart to the thread. The message has arrived: without its chart it is not sent again."""
        picture = self._message.picture
        if picture is None or self._done.get("shown"):
            return None
        try:
            if "file" not in self._done:
                self._keep(file=self._upload("chart.png", picture, alt_txt=self._message.title[:1_000]))
            # A file is shown once, however often this is called.
            self._show(self._done["file"], self._message.title)
        except Undeliverable as error:
            return f"the chart was not added: {error.reason}"
        self._keep(shown=True)
        return None

    def _attach(self) -> None:
        """Adds the file that the message brings to its thread. Without it, the message has not arrived."""
        file, home = self._message.attachment, self._context.home
        if file is None or home is None or self._done.get("attached_shown"):
            return
        if self._done.get("attaching") and self._is_in_thread(self._done["attached"]):
            self._keep(attached_shown=True)
            return
        if "attached" not in self._done:
            self._keep(attached=self._upload(file.name, read_attachment(file, home)))
        is_repeated = bool(self._done.get("attaching"))
        self._keep(attaching=True)
        try:
            self._show(self._done["attached"], file.name)
        except SlackError as error:
            if error.can_retry or not is_repeated:
                raise
            # The thread does not have it, and Slack does not show it any more: it has forgotten the upload.
            self._keep(attached=self._upload(file.name, read_attachment(file, home)))
            self._show(self._done["attached"], file.name)
        self._keep(attached_shown=True)

    def _is_in_thread(self, file: str) -> bool:
        """Whether a file is in the thread of the message; false as well if the thread cannot be read."""
        asked = {"channel": self._channel, "ts": self._done["root"], "limit": str(_PAGE)}
        for _ in range(_PAGES):
            try:
                fields = self._api.read("conversations.replies", include_all_metadata="true", **asked).fields
            except SlackError as error:
                if error.code not in _CANNOT_READ | _GONE:
                    raise
                return False
            if file in _files(fields.get("messages")):
                return True
            asked["cursor"] = _text(fields.get("response_metadata"), "next_cursor")
            if not asked["cursor"]:
                return False
        return False

    def _upload(self, name: str, content: bytes, **more: str) -> str:
        """Sends a file to Slack, which shows it to nobody yet; returns its id."""
        given = self._api.read("files.getUploadURLExternal", filename=name, length=str(len(content)), **more).fields
        self._api.upload(str(given.get("upload_url")), content)
        return str(given.get("file_id"))

    def _show(self, file: str, title: str) -> None:
        """Shows an uploaded file in the thread."""
        shown = {
            "files": [{"id": file, "title": title[:200]}],
            "channel_id": self._channel,
            "thread_ts": self._done["root"],
        }
        self._api.write("files.completeUploadExternal", shown)

    def _keep(self, **done: Any) -> None:
        self._done.update(done, channel=self._channel)
        self._context.keep(self._done)


def _with_id(messages: object, message_id: str) -> Iterator[str]:
    """Yields the ids of those of Slack's messages that are ours of that id."""
    for each in messages if isinstance(messages, list) else ():
        if not isinstance(each, dict) or not isinstance(each.get("metadata"), dict):
            continue
        if _text(each["metadata"].get("event_payload"), "message_id") == message_id and _text(each, "ts"):
            yield _text(each, "ts")


def _files(messages: object) -> Iterator[str]:
    """Yields the ids of the files of Slack's messages."""
    for each in messages if isinstance(messages, list) else ():
        files = each.get("files") if isinstance(each, dict) else None
        for file in files if isinstance(files, list) else ():
            yield _text(file, "id")


def _text(fields: object, name: str) -> str:
    value = fields.get(name) if isinstance(fields, dict) else None
    return value if isinstance(value, str) else ""
