"""Drives a program's window over AT-SPI, as a person with a screen reader would.

Started within a display and a session bus:  driver.py PROGRAM [ARGUMENT...]
Reads one JSON object a line from standard input, answers one a line on standard output:

  {"do": "find", "role": "button", "name": "Enroll", "timeout": 5}    waits until it shows; "contains": a part of its name
  {"do": "gone", "role": "dialog", "name": "..."}                     waits until it does not show
  {"do": "usable", "role": "button", "name": "Enroll"}                waits until it can be pressed
  {"do": "press", "role": "button", "name": "Enroll"}                 waits until it can be pressed, presses it
  {"do": "type", "role": "text", "name": "...", "text": "..."}        puts the text in
  {"do": "select", "role": "list item", "name": "..."}                selects it in its list
  {"do": "clipboard"}                                                 waits until there is text in the clipboard
  {"do": "tree"}                                                      all that shows: path, role, name, states
  {"do": "focused"}                                                   what has the keyboard's focus
  {"do": "sizes"}                                                     of each window: what it has and needs; pixels
  {"do": "fill"}                                                      gives the window in front the whole screen
  {"do": "listen"}                                                    begins to hear what screen readers say by themselves
  {"do": "heard", "text": "..."}                                      waits until they said it
  {"do": "picture", "file": "x.png"}                                  the whole screen
  {"do": "activate", "action": "browsers"}                            runs an action of the application, as a menu does
  {"do": "answer", "file": "/x/y.pem"}                                what the desktop's file chooser answers next; null: Cancel
  {"do": "asked", "times": 2}                                         waits until it was asked so often: title and name of each
  {"do": "keys", "role": "list item", "names": ["Down", "Return"]}    waits until such a one has the focus, presses the keys
  {"do": "unfocus"}                                                   takes the keyboard's focus from all windows
  {"do": "over"}                                                      waits until the program has ended by itself
  {"do": "quit"}

The program's end ends the driver.
"""
import json
import os
import subprocess
import sys
import threading
import time

from accessible import Atspi, Bus, Gio, GLib
from display import FRAME, Display
from file_chooser import FileChooser
from hearing import Hearing


def role_of(node):
    """As the older library and GTK 4.8 name it, with which the tests ask."""
    name = Atspi.role_get_name(node.role)
    if name == "button" or (name == "toggle button" and is_part_of_button(node)):
        return "push button"
    if name == "grouping":
        return "panel"
    return name


def is_part_of_button(node):
    """What is pressed of a drop-down or a menu button stays down, for newer GTK, and has the focus."""
    return node.parent is not None and node.parent.role in (Atspi.Role.COMBO_BOX, Atspi.Role.PUSH_BUTTON)


def describe(node):
    states = [state.value_nick for state in node.states]
    return {"path": node.path, "role": role_of(node), "name": node.name, "states": states}


# Set where the program is started by another one, so that its process is not known.
NAME = os.environ.get("DRIVE_APPLICATION")
# How many times as large as usual text is.
TEXT_SCALE = os.environ.get("DRIVE_TEXT_SCALE")


class Driver:
    def __init__(self, command):
        self.chooser = self.hearing = None
        if TEXT_SCALE is not None:
            with Display() as display:
                display.scale_text(float(TEXT_SCALE))
        self.program = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        self.bus = Bus()

    def windows(self):
        for application in self.bus.applications():
            ours = application.name == NAME if NAME else application.process_id == self.program.pid
            if ours:
                return application.windows()
        return []

    def nodes(self, request):
        role, name = request.get("role"), request.get("name")
        for window in self.in_front():
            window.fill()
            for node in window.all():
                if role is not None and role_of(node) != role:
                    continue
                # Libadwaita 1.2 says the label of a dialog's button twice.
                if name is not None and node.name not in (name, f"{name} {name}"):
                    continue
                if request.get("contains", "") in node.name:
                    yield node

    def in_front(self):
        """The dialog that is open, since it is modal; else all windows."""
        windows = self.windows()
        dialogs = [window for window in windows if window.role == Atspi.Role.DIALOG]
        return dialogs[-1:] or windows

    def wait(self, request, wanted):
        """Calls `wanted` until it gives something. The accessible tree tells no more than by asking."""
        end = time.monotonic() + request.get("timeout", 60)
        while True:
            if self.program.poll() is not None:
                raise RuntimeError(f"the program ended with {self.program.returncode}")
            begin = time.monotonic()
            try:
                found = wanted()
                if found is not None:
                    return found
            except GLib.Error:
                pass  # a node that went away while it was looked at
            now = time.monotonic()
            if now > end:
                raise TimeoutError(f"not within time: {request}")
            # Leaves the program more time than looking took from it.
            time.sleep(max(0.02, 2 * (now - begin)))

    def do_find(self, request):
        return self.wait(request, lambda: next(map(describe, self.nodes(request)), None))

    def do_gone(self, request):
        def gone():
            return next(self.nodes(request), None) is None or None

        self.wait(request, gone)
        return {}

    def act(self, request, choose, call):
        """Calls the node that `choose` gives. One that went away before it was called is looked for again."""

        def called():
            node = choose()
            if node is None:
                return None
            description = describe(node)
            try:
                done = call(node)
            except GLib.Error as error:
                if error.matches(Gio.dbus_error_quark(), Gio.DBusError.UNKNOWN_METHOD):
                    return None
                raise RuntimeError(error.message)
            if not done.unpack()[0]:
                raise RuntimeError(f"refused: {request}")
            return description

        return self.wait(request, called)

    def first(self, request):
        return next(self.nodes(request), None)

    def first_usable(self, request):
        return next((node for node in self.nodes(request) if Atspi.StateType.SENSITIVE in node.states), None)

    def do_usable(self, request):
        self.wait(request, lambda: self.first_usable(request))
        return {}

    def do_press(self, request):
        def press(node):
            return node.call("org.a11y.atspi.Action", "DoAction", GLib.Variant("(i)", (0,)))

        return self.act(request, lambda: self.first_usable(request), press)

    def do_type(self, request):
        text = GLib.Variant("(s)", (request["text"],))

        def write(node):
            return node.call("org.a11y.atspi.EditableText", "SetTextContents", text)

        return self.act(request, lambda: self.first(request), write)

    def do_select(self, request):
        def select(node):
            place = GLib.Variant("(i)", (node.parent.children.index(node),))
            return node.parent.call("org.a11y.atspi.Selection", "SelectChild", place)

        return self.act(request, lambda: self.first(request), select)

    def do_tree(self, request):
        def tree():
            windows = self.in_front() if request.get("front") else self.windows()
            for window in windows:
                window.fill()
            # A panel has windows without calling any of them visible.
            return [describe(node) for window in windows for node in window.all()] if windows else None

        return {"tree": self.wait(request, tree)}

    def settle(self):
        """Waits until the screen stays as it is for a moment: nothing is caught halfway to what it will look like.

        Not for ever: a cursor blinks.
        """
        before = None
        for _try in range(5):
            time.sleep(0.3)
            now = subprocess.run(["import", "-window", "root", "ppm:-"], check=True, capture_output=True).stdout
            if now == before:
                return
            before = now

    def do_picture(self, request):
        # A display of its own has no window manager.
        if NAME is None:
            front = self.in_front()
            with Display() as display:
                display.arrange(bool(front) and front[-1].role == Atspi.Role.DIALOG)
        # What works would be further, or done, by then.
        if next(self.nodes({"role": "progress bar"}), None) is None:
            self.settle()
        subprocess.run(["import", "-window", "root", request["file"]], check=True)
        return {}

    def do_keys(self, request):
        def focused():
            nodes = self.nodes({"role": request["role"]})
            return any(Atspi.StateType.FOCUSED in node.states for node in nodes) or None

        if "role" in request:
            self.wait(request, focused)
        with Display() as display:
            display.focus()
            display.press(request["names"])
        return {}

    def do_unfocus(self, _request):
        with Display() as display:
            display.unfocus()
        return {}

    def do_focused(self, request):
        def focused():
            with Display() as display:
                display.focus()
            return next((describe(node) for node in self.nodes({}) if Atspi.StateType.FOCUSED in node.states), None)

        return self.wait(request, focused)

    def do_sizes(self, _request):
        with Display() as display:
            return {"windows": list(display.sizes())}

    def do_fill(self, request):
        with Display() as display:
            screen = display.size(display.root)

            def filled():
                # A window that has just come may not have its size yet.
                display.fill()
                _, _, width, height = self.in_front()[-1].extents()
                # It is wider where it needs more room. Newer GTK draws no frame around it.
                heights = (screen[1] - FRAME, screen[1])
                return True if width >= screen[0] - FRAME and height in heights else None

            self.wait(request, filled)
        return {}

    def do_listen(self, _request):
        self.hearing = Hearing(self.bus)
        return {}

    def do_heard(self, request):
        def said():
            heard = self.hearing.so_far()
            # GTK 4.8 adds the name of what has the focus.
            wanted = {request["text"], f'{request["text"]} {request.get("focus", "")}'}
            return heard if wanted.intersection(heard) else None

        try:
            return {"heard": self.wait(request, said)}
        except TimeoutError:
            raise TimeoutError(f"not heard: {request['text']}; heard: {self.hearing.heard}") from None

    def do_activate(self, request):
        name = "io.github.escproject.Esc"
        path = "/" + name.replace(".", "/")
        method = ["--dest", name, "--object-path", path, "--method", "org.gtk.Actions.Activate"]
        subprocess.run(
            ["gdbus", "call", "--session", *method, request["action"], "[]", "{}"], check=True, stdout=sys.stderr
        )
        return {}

    def do_clipboard(self, request):
        def text():
            paste = ["xclip", "-selection", "clipboard", "-o"]
            return subprocess.run(paste, capture_output=True, text=True, timeout=30).stdout or None

        return {"text": self.wait(request, text)}

    def do_answer(self, request):
        self.chooser = self.chooser or FileChooser()
        self.chooser.answer = request["file"]
        return {}

    def do_asked(self, request):
        def enough():
            # The program's calls wait to be answered.
            while GLib.MainContext.default().iteration(False):
                pass
            return self.chooser.asked if len(self.chooser.asked) >= request["times"] else None

        return {"asked": self.wait(request, enough)}

    def do_over(self, _request):
        return {"status": self.program.wait(60)}

    def do_pid(self, _request):
        return {"pid": self.program.pid}

    def serve(self):
        for line in sys.stdin:
            request = json.loads(line)
            if request["do"] == "quit":
                break
            try:
                answer = getattr(self, "do_" + request["do"])(request)
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(answer), flush=True)
        if self.program.poll() is None:
            self.program.terminate()
        self.program.wait(60)


if __name__ == "__main__":
    driver = Driver(sys.argv[1:])
    # Reaps the program when it ends by itself, so that its end is seen.
    threading.Thread(target=driver.program.wait, daemon=True).start()
    driver.serve()
