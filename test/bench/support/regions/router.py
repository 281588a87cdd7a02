"""Carries IPv4 packets between regions, each a network namespace with one end of a tun device here: after half of the
round trip between the two, in their order, and with some of them lost.

The kernel's own way (netem) is not in every kernel; a tun device is. Needs Python 3.10 and nothing else.

Its one argument is JSON: {"devices": {region: device}, "delays_ms": {"from to": number}, "loss": number, "seed": number}.
The third byte of an address is the number of its region, from 1. Reads commands, one in a line: `cut REGION`, `heal REGION`, and `report`, which writes what was carried since the last one as a line
of JSON. Ends with its input.
"""

import fcntl
import gc
import heapq
import json
import os
import random
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
MAX_PACKET_BYTES = 65_535
# Of those that wait; beyond them packets are lost, as in any router.
MAX_QUEUED = 20_000
REGION_OCTET = 18


def open_device(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


def hurry():
    """Before whatever else runs on this machine: what is late here is a delay that nobody asked for."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    except OSError:
        os.nice(-20)


class Router:
    def __init__(self, settings):
        self.regions = list(settings["devices"])
        self.devices = [open_device(name) for name in settings["devices"].values()]
        self.loss = settings["loss"]
        self.random = random.Random(settings["seed"])
        delays = settings["delays_ms"]
        self.delays_ns = {
            (i, j): int(delays[f"{a} {b}"] * 1e6)
            for i, a in enumerate(self.regions)
            for j, b in enumerate(self.regions)
            if a != b
        }
        self.cut = set()
        self.queue = []
        self.count = 0
        self.clear()

    def clear(self):
        self.late_us = []
        self.lost = 0

    def receive(self, source):
        while True:
            try:
                packet = os.read(self.devices[source], MAX_PACKET_BYTES)
            except BlockingIOError:
                return
            self.route(source, packet, time.monotonic_ns())

    def route(self, source, packet, now):
        if packet[0] >> 4 != 4:
            return
        delay = self.delays_ns.get((source, packet[REGION_OCTET] - 1))
        if delay is None or self.is_cut(source, packet):
            return
        if self.random.random() < self.loss or len(self.queue) >= MAX_QUEUED:
            self.lost += 1
            return
        self.count += 1
        heapq.heappush(self.queue, (now + delay, self.count, source, packet))

    def is_cut(self, source, packet):
        return source in self.cut or packet[REGION_OCTET] - 1 in self.cut

    def deliver(self):
        """Sends what is due, and returns for how many seconds there is nothing to do; None for ever."""
        while self.queue:
            now = time.monotonic_ns()
            due, _, source, packet = self.queue[0]
            if due > now:
                return (due - now) / 1e9
            heapq.heappop(self.queue)
            # What was on its way when a region was cut off is lost as well.
            if self.is_cut(source, packet):
                continue
            try:
                os.write(self.devices[packet[REGION_OCTET] - 1], packet)
            except BlockingIOError:
                self.lost += 1
                continue
            self.late_us.append((now - due) / 1000)
        return None

    def obey(self, line):
        match line.split():
            case ["cut", region]:
                self.cut.add(self.regions.index(region))
            case ["heal", region]:
                self.cut.discard(self.regions.index(region))
            case ["report"]:
                late = sorted(self.late_us)
                at = lambda share: round(late[int(share * (len(late) - 1))]) if late else 0
                report = {"carried": len(late), "lost": self.lost}
                say(report | {"late_p50_us": at(0.5), "late_p99_us": at(0.99), "late_max_us": at(1)})
                self.clear()
            case _:
                raise ValueError(f"no such command: {line}")

    def run(self):
        while True:
            ready, _, _ = select.select([*self.devices, sys.stdin], [], [], self.deliver())
            for source, device in enumerate(self.devices):
                if device in ready:
                    self.receive(source)
            if sys.stdin in ready:
                line = sys.stdin.readline()
                if line == "":
                    return
                self.obey(line)


def say(value):
    print(json.dumps(value), flush=True)


router = Router(json.loads(sys.argv[1]))
hurry()
gc.disable()
say("ready")
router.run()
