"""
The desktop's side of the session bus, for tests of the agent: reads an order a line from standard input, JSON, and
answers each with a line. Plays, when it is told to, the host of the notification area (org.kde.StatusNotifierWatcher),
the notification daemon (org.freedesktop.Notifications), the background portal, and the window's program.
"""
import json
import sys

from gi.repository import Gio, GLib

bus = Gio.bus_get_sync(Gio.BusType.SESSION)

WATCHER = """<node><interface name="org.kde.StatusNotifierWatcher">
<method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
<method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
<property name="RegisteredStatusNotifierItems" type="as" access="read"/>
<property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
<property name="ProtocolVersion" type="i" access="read"/>
<signal name="StatusNotifierItemRegistered"><arg type="s"/></signal>
</interface></node>"""
NOTIFICATIONS = """<node><interface name="org.freedesktop.Notifications">
<method name="GetCapabilities"><arg type="as" direction="out"/></method>
<method name="GetServerInformation"><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/></method>
<method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/><arg type="i" direction="in"/><arg type="u" direction="out"/></method>
<method name="CloseNotification"><arg type="u" direction="in"/></method>
<signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal>
<signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
</interface></node>"""
PORTAL = """<node><interface name="org.freedesktop.portal.Background">
<method name="RequestBackground"><arg type="s" direction="in"/><arg type="a{sv}" direction="in"/><arg type="o" direction="out"/></method>
</interface></node>"""
APPLICATION = """<node><interface name="org.freedesktop.Application">
<method name="Activate"><arg type="a{sv}" direction="in"/></method>
<method name="ActivateAction"><arg type="s" direction="in"/><arg type="av" direction="in"/><arg type="a{sv}" direction="in"/></method>
</interface></node>"""

items = []
shown = {}
told = []
portal = []
# What the person says there.
consent = {"background": True}
activations = []
signals = []


def watcher_call(_bus, sender, _path, _interface, method, parameters, invocation):
    if method == "RegisterStatusNotifierItem":
        service = parameters.unpack()[0]
        item = (sender, service) if service.startswith("/") else (service, "/StatusNotifierItem")
        items.append(item)
        bus.emit_signal(None, "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher",
                        "StatusNotifierItemRegistered", GLib.Variant("(s)", ("".join(item),)))
    invocation.return_value(None)


def watcher_property(_bus, _sender, _path, _interface, name):
    return {
        "RegisteredStatusNotifierItems": GLib.Variant("as", ["".join(item) for item in items]),
        "IsStatusNotifierHostRegistered": GLib.Variant("b", True),
        "ProtocolVersion": GLib.Variant("i", 0),
    }[name]


def notifications_call(_bus, _sender, _path, _interface, method, parameters, invocation):
    values = parameters.unpack()
    if method == "GetCapabilities":
        invocation.return_value(GLib.Variant("(as)", (["actions", "body", "persistence"],)))
    elif method == "GetServerInformation":
        invocation.return_value(GLib.Variant("(ssss)", ("test", "test", "1", "1.2")))
    elif method == "Notify":
        _name, replaces, icon, summary, body, actions, hints, _timeout = values
        number = replaces or len(told) + 1
        notice = {"id": number, "summary": summary, "body": body, "icon": hints.get("image-path", icon), "actions": actions,
                  "desktop": hints.get("desktop-entry"), "urgency": hints.get("urgency")}
        shown[number] = notice
        told.append(notice)
        invocation.return_value(GLib.Variant("(u)", (number,)))
    elif method == "CloseNotification":
        shown.pop(values[0], None)
        invocation.return_value(None)


def portal_call(_bus, sender, _path, _interface, _method, parameters, invocation):
    request = parameters.unpack()[1]
    token = request.pop("handle_token")
    portal.append(request)
    path = f"/org/freedesktop/portal/desktop/request/{sender[1:].replace('.', '_')}/{token}"
    invocation.return_value(GLib.Variant("(o)", (path,)))
    granted = consent["background"]
    results = {"background": GLib.Variant("b", granted), "autostart": GLib.Variant("b", granted and request["autostart"])}
    bus.emit_signal(sender, path, "org.freedesktop.portal.Request", "Response",
                    GLib.Variant("(ua{sv})", (0 if granted else 1, results)))


def set_consent(granted):
    consent["background"] = granted
    return {}


def application_call(_bus, _sender, _path, _interface, method, parameters, invocation):
    values = parameters.unpack()
    activations.append(["activate"] if method == "Activate" else [values[0], *values[1]])
    invocation.return_value(None)


ROLES = {
    "host": ("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher", WATCHER, watcher_call, watcher_property),
    "notifications": ("org.freedesktop.Notifications", "/org/freedesktop/Notifications", NOTIFICATIONS, notifications_call, None),
    "portal": ("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop", PORTAL, portal_call, None),
    "window": ("io.github.escproject.Esc", "/io/github/escproject/Esc", APPLICATION, application_call, None),
}
playing = {}


def call(name, path, interface, method, parameters=None):
    return bus.call_sync(name, path, interface, method, parameters, None, Gio.DBusCallFlags.NO_AUTO_START, 60_000, None).unpack()


def play(role):
    name, path, xml, on_call, on_property = ROLES[role]
    info = Gio.DBusNodeInfo.new_for_xml(xml).interfaces[0]
    registration = bus.register_object(path, info, on_call, on_property, None)
    flags = 4  # DBUS_NAME_FLAG_DO_NOT_QUEUE
    reply = call("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName", GLib.Variant("(su)", (name, flags)))
    playing[role] = registration
    return {"owned": reply[0] == 1}


def stop_playing(role):
    call("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "ReleaseName", GLib.Variant("(s)", (ROLES[role][0],)))
    bus.unregister_object(playing.pop(role))
    if role == "host":
        items.clear()
    return {}


def menu_of(name, path):
    _revision, (_root, _properties, children) = call(name, path, "com.canonical.dbusmenu", "GetLayout",
                                                     GLib.Variant("(iias)", (0, -1, [])))
    return [{"id": child[0], **child[1]} for child in children]


def tray():
    if not items:
        return {"items": 0}
    name, path = items[-1]
    [properties] = call(name, path, "org.freedesktop.DBus.Properties", "GetAll",
                        GLib.Variant("(s)", ("org.kde.StatusNotifierItem",)))
    _icon, _pixmaps, title, text = properties["ToolTip"]
    return {"items": len(items), "icon": properties["IconName"], "status": properties["Status"], "title": title,
            "text": text, "theme": properties["IconThemePath"], "category": properties["Category"],
            "pixmaps": [[width, height, len(pixels), any(pixels)] for width, height, pixels in properties["IconPixmap"]],
            "menu": menu_of(name, properties["Menu"])}


def click(label):
    name, path = items[-1]
    menu = path + "/Menu"
    line = next(line for line in menu_of(name, menu) if line.get("label") == label)
    events = [(line["id"], "clicked", GLib.Variant("i", 0), 0)]
    return {"lost": call(name, menu, "com.canonical.dbusmenu", "EventGroup", GLib.Variant("(a(isvu))", (events,)))[0]}


def note_signal(_bus, _sender, _path, interface, name, parameters):
    signals.append({"interface": interface, "name": name, "values": json.loads(json.dumps(parameters.unpack(), default=str))})


for interface in ("org.kde.StatusNotifierItem", "com.canonical.dbusmenu"):
    bus.signal_subscribe(None, interface, None, None, None, 0, note_signal)


def invoke(summary, button):
    notice = next(notice for notice in shown.values() if notice["summary"] == summary)
    number = notice["id"]
    # Keys and labels by turns.
    labels = dict(zip(notice["actions"][1::2], notice["actions"][::2]))
    key = "default" if button is None else labels[button]
    bus.emit_signal(None, "/org/freedesktop/Notifications", "org.freedesktop.Notifications", "ActionInvoked",
                    GLib.Variant("(us)", (number, key)))
    # As desktops do: a notification that was clicked is gone.
    del shown[number]
    bus.emit_signal(None, "/org/freedesktop/Notifications", "org.freedesktop.Notifications", "NotificationClosed",
                    GLib.Variant("(uu)", (number, 2)))
    return {}


def tell(method, signature, values):
    try:
        call("io.github.escproject.Esc.Agent", "/io/github/escproject/Esc/Agent", "io.github.escproject.Esc.Agent1",
             method, GLib.Variant(signature, tuple(values)))
    except GLib.Error as error:
        return {"refusal": Gio.DBusError.get_remote_error(error)}
    return {"refusal": None}


def owner(name):
    try:
        [pid] = call("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetConnectionUnixProcessID",
                     GLib.Variant("(s)", (name,)))
    except GLib.Error:
        return {"pid": None}
    return {"pid": pid}


def launch(action):
    entry = Gio.DesktopAppInfo.new("io.github.escproject.Esc.desktop")
    if action not in entry.list_actions():
        raise ValueError("the desktop entry has no such action")
    entry.launch_action(action, None)
    return {}


def call_anything(order):
    parameters = GLib.Variant(order["signature"], tuple(order["values"]))
    return {"answer": call(order["name"], order["path"], order["interface"], order["method"], parameters)}


ORDERS = {
    "play": lambda order: play(order["role"]),
    "stop": lambda order: stop_playing(order["role"]),
    "tray": lambda _order: tray(),
    "click": lambda order: click(order["label"]),
    "activate": lambda _order: {"result": call(*items[-1], "org.kde.StatusNotifierItem", "Activate", GLib.Variant("(ii)", (0, 0)))},
    "signals": lambda _order: {"signals": signals},
    "notices": lambda _order: {"shown": list(shown.values()), "told": told},
    "invoke": lambda order: invoke(order["summary"], order.get("button")),
    "portal": lambda _order: {"requests": portal},
    "consent": lambda order: set_consent(order["granted"]),
    "activations": lambda _order: {"activations": activations},
    "tell": lambda order: tell(order["method"], order["signature"], order["values"]),
    "launch": lambda order: launch(order["action"]),
    "call": call_anything,
    "owner": lambda order: owner(order["name"]),
}


def answer(channel, _condition):
    line = sys.stdin.readline()
    if line == "":
        loop.quit()
        return False
    order = json.loads(line)
    try:
        result = ORDERS[order["do"]](order)
    except Exception as error:  # The test shows it.
        result = {"error": f"{order}: {error!r}"}
    print(json.dumps(result), flush=True)
    return True


loop = GLib.MainLoop()
GLib.io_add_watch(0, GLib.IOCondition.IN | GLib.IOCondition.HUP, answer)
loop.run()
