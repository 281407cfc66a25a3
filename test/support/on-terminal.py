"""Runs a command on a pseudo-terminal: on-terminal.py COLUMNS ROWS COMMAND... Each line "COLUMNS ROWS" of standard input resizes it."""
import fcntl
import os
import pty
import select
import struct
import sys
import termios


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))


columns, rows, *command = sys.argv[1:]
ready, go = os.pipe()
child, terminal = pty.fork()
if child == 0:
    os.close(go)
    os.read(ready, 1)
    os.execvp(command[0], command)
resize(terminal, int(columns), int(rows))
os.write(go, b'.')
sources = [terminal, 0]
while True:
    readable, _, _ = select.select(sources, [], [])
    if 0 in readable:
        line = os.read(0, 100).split()
        if len(line) < 2:
            sources.remove(0)
        else:
            resize(terminal, int(line[-2]), int(line[-1]))
    if terminal in readable:
        try:
            text = os.read(terminal, 65536)
        except OSError:
            break
        if not text:
            break
        os.write(1, text)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
