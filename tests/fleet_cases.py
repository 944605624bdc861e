"""Work for the processes of a fleet: they import it, so it stands in a module of its own."""

import os
import time

import numpy as np

from kansoku.errors import BackendError


class Numbered:
    """A device that knows its number and its process."""

    xp = np

    def __init__(self, number):
        self.number, self.process = number, os.getpid()


def refuses(number):
    raise BackendError(f"device {number} does not answer")


def who(device, item):
    """Who did it; the lower the item the longer it takes, so that later ones end first."""
    time.sleep(0.02 * (6 - item) if item < 6 else 0.0)
    return item, device.number, device.process


def one_is_slow(device, item):
    time.sleep(1.0 if item == 0 else 0.01)
    return device.number


def array_of(device, item):
    return np.full((item, 1000), item % 256, dtype=np.uint8)


def scaled(factor, device, item):
    return factor * item


def dies_at(number, device, item):
    if item == number:
        os._exit(9)
    return item


def fails_at(error, number, device, item):
    if item == number:
        raise error
    return item


def sleeps(device, item):
    print("working", flush=True)
    time.sleep(60.0)


def emulated(number):
    from emulator import EmulatedDevice

    return EmulatedDevice(np)


def first_of(device, item):
    return int(device.xp.arange(item, item + 4).sum()), device.free_bytes()
