"""Programs as AT-SPI tells of them, asked over D-Bus itself.

A window has hundreds of nodes. libatspi asks for each thing of each of them in a call of its own and waits for each,
which takes seconds. Here what is known of all comes in one call, and the children of many are asked for at once.
"""
import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib

ACCESSIBLE = "org.a11y.atspi.Accessible"
ROOT = "/org/a11y/atspi/accessible/root"
NO_FLAGS = Gio.DBusCallFlags.NONE


def states_of(words):
    """The states in two words of 32 bits."""
    bits = words[0] | words[1] << 32
    return {state for number, state in Atspi.StateType.__enum_values__.items() if bits >> number & 1}


class Bus:
    """The bus of a session on which programs tell of their windows."""

    def __init__(self):
        session = Gio.bus_get_sync(Gio.BusType.SESSION)
        name, path = "org.a11y.Bus", "/org/a11y/bus"
        address = session.call_sync(name, path, name, "GetAddress", None, None, NO_FLAGS, -1, None)
        kind = Gio.DBusConnectionFlags
        self.connection = Gio.DBusConnection.new_for_address_sync(
            *address.unpack(), kind.AUTHENTICATION_CLIENT | kind.MESSAGE_BUS_CONNECTION, None, None
        )

    def call(self, owner, path, interface, method, parameters=None):
        """The values that a method returns: a GVariant."""
        return self.connection.call_sync(owner, path, interface, method, parameters, None, NO_FLAGS, -1, None)

    def children(self, owner, paths):
        """Of each path the paths of its children."""
        paths = set(paths)
        answers = {}

        def answered(connection, result, path):
            try:
                answers[path] = [child for _, child in connection.call_finish(result).unpack()[0]]
            except GLib.Error as error:
                answers[path] = error

        for path in paths:
            self.connection.call(
                owner, path, ACCESSIBLE, "GetChildren", None, None, NO_FLAGS, -1, None, answered, path
            )
        while len(answers) < len(paths):
            GLib.MainContext.default().iteration(True)
        for answer in answers.values():
            if isinstance(answer, GLib.Error):
                raise answer
        return answers

    def applications(self):
        references = self.call("org.a11y.atspi.Registry", ROOT, ACCESSIBLE, "GetChildren").unpack()[0]
        return [Application(self, owner, path) for owner, path in references]


class Node:
    """Something of a window. Its methods raise GLib.Error when it is not there any more."""

    def __init__(self, application, path, parent=None, item=None):
        """item: how the application's cache tells of it, if it does."""
        self.application, self.path, self.parent, self.item = application, path, parent, item
        self.children = []

    def call(self, interface, method, parameters=None):
        return self.application.bus.call(self.application.owner, self.path, interface, method, parameters)

    def get(self, interface, name):
        wanted = GLib.Variant("(ss)", (interface, name))
        return self.call("org.freedesktop.DBus.Properties", "Get", wanted).unpack()[0]

    @property
    def may_have_children(self):
        return self.item is None or self.item.get_child_value(4).get_int32() != 0

    @property
    def name(self):
        return self.get(ACCESSIBLE, "Name") if self.item is None else self.item.get_child_value(6).get_string()

    @property
    def role(self):
        if self.item is None:
            return Atspi.Role(self.call(ACCESSIBLE, "GetRole").unpack()[0])
        return Atspi.Role(self.item.get_child_value(7).get_uint32())

    @property
    def states(self):
        words = self.call(ACCESSIBLE, "GetState").get_child_value(0) if self.item is None else self.item.get_child_value(9)
        return states_of(words.unpack())

    def fill(self):
        """Looks for all that is in it. Raises GLib.Error when something goes away meanwhile."""
        level = [self]
        while level:
            level = [child for child in self.application.grow(level) if child.may_have_children]

    def extents(self):
        """Left, top, width and height in its window, in pixels."""
        in_window = GLib.Variant("(u)", (1,))
        return self.call("org.a11y.atspi.Component", "GetExtents", in_window).unpack()[0]

    def all(self):
        """It and what is in it, without what is hidden. GTK 4.8 calls only windows SHOWING."""
        if Atspi.StateType.VISIBLE in self.states:
            yield self
            for child in self.children:
                yield from child.all()


class Application(Node):
    def __init__(self, bus, owner, path):
        super().__init__(self, path)
        self.bus, self.owner = bus, owner

    @property
    def process_id(self):
        bus = "org.freedesktop.DBus"
        owner = GLib.Variant("(s)", (self.owner,))
        return self.bus.call(bus, "/", bus, "GetConnectionUnixProcessID", owner).unpack()[0]

    def items(self):
        """What the application's cache tells of each path: nothing where it has none, as programs of GTK 3."""
        cache = "org.a11y.atspi.Cache"
        try:
            items = self.bus.call(self.owner, "/org/a11y/atspi/cache", cache, "GetItems").get_child_value(0)
        except GLib.Error as error:
            if not error.matches(Gio.dbus_error_quark(), Gio.DBusError.UNKNOWN_METHOD):
                raise
            return {}
        items = [items.get_child_value(i) for i in range(items.n_children())]
        return {item.get_child_value(0).get_child_value(1).get_string(): item for item in items}

    def windows(self):
        """As they are now. What is in one comes with `fill`."""
        self.known = self.items()
        self.grow([self])
        return self.children

    def grow(self, nodes):
        """Looks for the children of the nodes. Returns them."""
        children = self.bus.children(self.owner, [node.path for node in nodes])
        for node in nodes:
            node.children = [Node(self, path, node, self.known.get(path)) for path in children[node.path]]
        return [child for node in nodes for child in node.children]
