"""What a screen reader says by itself while a program runs: what is announced, and what changes of what has the focus."""
from accessible import NO_FLAGS, GLib, Gio

EVENTS = "org.a11y.atspi.Event.Object"


class Hearing:
    """Begins to listen when it is made."""

    def __init__(self, bus):
        self.heard = []
        flags = Gio.DBusSignalFlags.NONE
        bus.connection.signal_subscribe(None, EVENTS, "Announcement", None, None, flags, self.on_announcement)
        bus.connection.signal_subscribe(None, EVENTS, "PropertyChange", None, None, flags, self.on_change)

    def on_announcement(self, _connection, _owner, _path, _interface, _member, parameters):
        self.heard.append(parameters.unpack()[3])

    def on_change(self, _connection, _owner, _path, _interface, _member, parameters):
        what, _, _, value, *_rest = parameters.unpack()
        if what == "accessible-description":
            self.heard.append(value)

    def so_far(self):
        while GLib.MainContext.default().iteration(False):
            pass
        return self.heard
