"""A display of X11, as a window manager and the keyboard use it. Sizes are in pixels."""
import ctypes

# What GTK draws around a window where nothing composites, both sides.
FRAME = 10


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
def go_on(_display, _error):
    """Instead of ending the program: a window may go away while it is looked at, or not be there quite yet."""
    return 0


class SizeHints(ctypes.Structure):
    """XSizeHints, to which a window manager keeps."""

    _fields_ = [("flags", ctypes.c_long)] + [
        (name, ctypes.c_int)
        for name in ("x", "y", "width", "height", "min_width", "min_height", "max_width", "max_height")
    ] + [("rest", ctypes.c_int * 8)]


class Display:
    def __init__(self):
        self.x11 = ctypes.CDLL("libX11.so.6")
        self.x11.XSetErrorHandler(go_on)
        self.x11.XOpenDisplay.restype = self.x11.XDefaultRootWindow.restype = ctypes.c_void_p
        self.x11.XStringToKeysym.restype = ctypes.c_ulong
        self.display = ctypes.c_void_p(self.x11.XOpenDisplay(None))
        self.root = ctypes.c_ulong(self.x11.XDefaultRootWindow(self.display))

    def __enter__(self):
        return self

    def __exit__(self, *_ignored):
        self.x11.XCloseDisplay(self.display)

    def size(self, window):
        ignored, numbers = ctypes.c_ulong(), [ctypes.c_int() for _ in "xywhbd"]
        self.x11.XGetGeometry(self.display, window, ctypes.byref(ignored), *map(ctypes.byref, numbers))
        return numbers[2].value, numbers[3].value

    def children(self, window):
        """The one in front last."""
        ignored, count, children = ctypes.c_ulong(), ctypes.c_uint(), ctypes.POINTER(ctypes.c_ulong)()
        references = map(ctypes.byref, (ignored, ignored, children, count))
        self.x11.XQueryTree(self.display, window, *references)
        return children[: count.value]

    def windows(self):
        """Those of programs with what they ask a window manager for, the one in front last."""
        ignored = ctypes.c_ulong()
        for window in map(ctypes.c_ulong, self.children(self.root)):
            hints = SizeHints()
            if self.x11.XGetWMNormalHints(self.display, window, ctypes.byref(hints), ctypes.byref(ignored)):
                yield window, hints

    def sizes(self):
        for window, hints in self.windows():
            width, height = self.size(window)
            yield {
                "width": width,
                "height": height,
                "least_width": hints.min_width,
                "least_height": hints.min_height,
            }

    def fill(self):
        """Gives the window in front the whole screen, as it has on a phone."""
        # Out of the way: what it rests on would show its tooltip, a window in front of all.
        width, height = self.size(self.root)
        self.x11.XWarpPointer(self.display, 0, self.root, 0, 0, 0, 0, width - 1, height - 1)
        *_others, (window, _hints) = self.windows()
        self.x11.XMoveResizeWindow(self.display, window, 0, 0, width, height)

    def parent(self, window):
        """The window that a dialog belongs to; None where it is no dialog."""
        parent = ctypes.c_ulong()
        found = self.x11.XGetTransientForHint(self.display, window, ctypes.byref(parent))
        return parent if found and parent.value != self.root.value else None

    def arrange(self, dialog):
        """As a window manager does: no window is larger than the screen, and a dialog is in the middle of its window.

        `dialog`: the window in front is one.
        """
        width, height = self.size(self.root)
        for window, _hints in list(self.windows()):
            size = self.size(window)
            if size[0] > width or size[1] > height:
                self.x11.XMoveResizeWindow(self.display, window, 0, 0, min(size[0], width), min(size[1], height))
        transient = [(w, self.parent(w)) for w, _hints in self.windows() if self.parent(w)] if dialog else []
        for window, parent in transient[-1:]:
            # Windows stand in the corner of the screen.
            room, size = self.size(parent), self.size(window)
            places = [max(0, (of - own) // 2) for of, own in zip(room, size)]
            self.x11.XMoveWindow(self.display, window, *places)

    def focus(self):
        """Gives the window in front the keyboard when nothing has it, as a window manager does."""
        *_others, (window, _hints) = self.windows()
        focus, revert_to_parent, current_time = ctypes.c_ulong(), 2, ctypes.c_ulong(0)
        self.x11.XGetInputFocus(self.display, ctypes.byref(focus), ctypes.byref(ctypes.c_int()))
        nothing, what_is_below_the_pointer = 0, 1
        if focus.value in (nothing, what_is_below_the_pointer, self.root.value):
            self.x11.XSetInputFocus(self.display, window, revert_to_parent, current_time)

    def scale_text(self, scale):
        """As GNOME does for who wants large text; for programs that start then."""
        resource_manager, string, replace = ctypes.c_ulong(23), ctypes.c_ulong(31), 0
        text = f"Xft.dpi: {96 * scale}".encode()
        self.x11.XChangeProperty(
            self.display, self.root, resource_manager, string, 8, replace, text, len(text)
        )

    def press(self, names):
        """Presses keys, one after another, as the keyboard does."""
        xtest = ctypes.CDLL("libXtst.so.6")
        for name in names:
            symbol = ctypes.c_ulong(self.x11.XStringToKeysym(name.encode()))
            code = self.x11.XKeysymToKeycode(self.display, symbol)
            for is_down in (1, 0):
                xtest.XTestFakeKeyEvent(self.display, code, is_down, ctypes.c_ulong(0))

    def unfocus(self):
        nothing, revert_to_none, current_time = ctypes.c_ulong(0), 0, ctypes.c_ulong(0)
        self.x11.XSetInputFocus(self.display, nothing, revert_to_none, current_time)
