"""A GitHub and an AWS on loopback, for tests, the demo and offline trials; never in the wheel or the image."""

from crossproof_sandbox.clock import RunningClock, VirtualClock
from crossproof_sandbox.life import Job, Life, Step, Trigger, Upload
from crossproof_sandbox.sandbox import Sandbox

__all__ = ["Job", "Life", "RunningClock", "Sandbox", "Step", "Trigger", "Upload", "VirtualClock"]
