"""Runs a program on a terminal of its own and answers its questions.

Standard input: a JSON object {"command": [...], "steps": [[pattern, answer], ...]}; each answer is typed when the
pattern has appeared behind what the step before matched. Standard output: a JSON object with the exit status,
everything that appeared, and whether the terminal echoed before each answer and at the end.
"""

import json
import os
import pty
import re
import select
import sys
import termios
import time

# The work between questions, on a slow machine.
PATIENCE_S = 150

task = json.load(sys.stdin)
# The parent keeps the program's side open, to look at the terminal after the program has ended.
terminal, keeper = pty.openpty()
pid = os.fork()
if pid == 0:
    os.close(terminal)
    os.login_tty(os.dup(keeper))
    os.close(keeper)
    os.execvp(task["command"][0], task["command"])

screen = b""


def echoes():
    return bool(termios.tcgetattr(keeper)[3] & termios.ECHO)


def ended():
    found, status = os.waitpid(pid, os.WNOHANG)
    return None if found == 0 else status


def read(timeout):
    global screen
    if select.select([terminal], [], [], timeout)[0]:
        screen += os.read(terminal, 65536)
        return True
    return False


def read_on():
    """Reads, and tells how the program has ended; all that it wrote has been read then."""
    read(0.05)
    status = ended()
    while status is not None and read(0):
        pass
    return status


status = None
echo = []
position = 0
deadline = time.monotonic() + PATIENCE_S
for pattern, answer in task["steps"]:
    while True:
        found = re.compile(pattern.encode()).search(screen, position)
        if found or status is not None or time.monotonic() > deadline:
            break
        status = read_on()
    if not found:
        break
    position = found.end()
    echo.append(echoes())
    os.write(terminal, answer.encode())
while status is None and time.monotonic() < deadline:
    status = read_on()
if status is None:
    os.kill(pid, 9)
    _, status = os.waitpid(pid, 0)
json.dump(
    {
        "status": os.waitstatus_to_exitcode(status),
        "screen": screen.decode(errors="replace"),
        "echo": echo,
        "echoAtEnd": echoes(),
    },
    sys.stdout,
)
