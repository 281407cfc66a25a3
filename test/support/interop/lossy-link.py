"""
A link that loses and delays packets, for kernels without sch_netem: two TUN devices in the network namespace that this
runs in. What the kernel routes into one comes out of the other, later, or never.

    lossy-link.py PHONES_NETWORK CLUSTER_NETWORK LOSS DELAY_MS SEED

Both networks are local to the namespace. Rules ahead of the table of local addresses send what goes from one to the
other over the link; each end takes the packets in as its own. Prints "ready", and at SIGTERM what it carried and lost.
"""

import fcntl
import heapq
import os
import random
import select
import signal
import struct
import subprocess
import sys
import time

# linux/if_tun.h
TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000

PACKET_BYTES = 65536


def open_tun(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def configure(device, setting, value):
    with open(f"/proc/sys/net/ipv4/conf/{device}/{setting}", "w", encoding="ascii") as file:
        file.write(value)


def route(name, table, source, destination):
    configure(name, "route_localnet", "1")  # 127.0.0.0/8 may cross it
    configure(name, "accept_local", "1")  # its packets come from an address of this namespace
    configure(name, "rp_filter", "0")
    ip("link", "set", name, "up", "txqueuelen", "10000")
    ip("route", "add", destination, "dev", name, "table", table)
    ip("rule", "add", "pref", table, "iif", "lo", "from", source, "to", destination, "lookup", table)


def main():
    phones, cluster, loss, delay_ms, seed = sys.argv[1:]
    devices = [open_tun("phones"), open_tun("cluster")]
    configure("all", "rp_filter", "0")
    ip("rule", "add", "pref", "200", "lookup", "local")
    ip("rule", "del", "pref", "0")
    route("phones", "101", phones, cluster)
    route("cluster", "102", cluster, phones)
    carry(devices, float(loss), float(delay_ms) / 1000, random.Random(int(seed)))


def carry(devices, loss, delay, chance):
    carried = lost = numbered = 0
    under_way = []
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGTERM, lambda *_: None)
    print("ready", flush=True)
    while True:
        wait = max(0.0, under_way[0][0] - time.monotonic()) if under_way else None
        readable, _, _ = select.select([*devices, wake], [], [], wait)
        if wake in readable:
            print(f"carried {carried} lost {lost}", flush=True)
            return
        for here in readable:
            there = devices[1 - devices.index(here)]
            while True:
                try:
                    packet = os.read(here, PACKET_BYTES)
                except BlockingIOError:
                    break
                if packet[0] >> 4 != 4:
                    continue  # the devices greet each other in IPv6
                if chance.random() < loss:
                    lost += 1
                    continue
                numbered += 1
                heapq.heappush(under_way, (time.monotonic() + delay, numbered, there, packet))
        while under_way and under_way[0][0] <= time.monotonic():
            _, _, there, packet = heapq.heappop(under_way)
            os.write(there, packet)
            carried += 1


main()
