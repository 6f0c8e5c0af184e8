"""The desktop's file chooser (org.freedesktop.portal.FileChooser), which answers what it was told to."""
from gi.repository import Gio, GLib

PATH = "/org/freedesktop/portal/desktop"
REQUEST = "org.freedesktop.portal.Request"
INTERFACES = Gio.DBusNodeInfo.new_for_xml("""<node><interface name="org.freedesktop.portal.FileChooser">
<method name="SaveFile"><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="a{sv}" direction="in"/><arg type="o" direction="out"/></method>
<property name="version" type="u" access="read"/>
</interface></node>""").interfaces


class FileChooser:
    """To be used by programs that prefer portals; one for each bus."""

    def __init__(self):
        # What a person answers next: a path, or None for Cancel.
        self.answer = None
        # The titles and proposed names of what was asked.
        self.asked = []
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        self.bus.register_object(PATH, INTERFACES[0], self.on_call, lambda *_names: GLib.Variant("u", 3), None)
        name = GLib.Variant("(su)", ("org.freedesktop.portal.Desktop", 4))
        self.bus.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName", name, None, 0, 5000, None)

    def on_call(self, _bus, sender, _path, _interface, _method, parameters, invocation):
        _parent, title, options = parameters.unpack()
        self.asked.append([title, options.get("current_name", "")])
        request = f"{PATH}/request/{sender[1:].replace('.', '_')}/{options['handle_token']}"
        invocation.return_value(GLib.Variant("(o)", (request,)))
        uris = [] if self.answer is None else [GLib.filename_to_uri(self.answer)]
        response = (0 if uris else 1, {"uris": GLib.Variant("as", uris)})
        self.bus.emit_signal(sender, request, REQUEST, "Response", GLib.Variant("(ua{sv})", response))
