"""Sample cost reports of a small fleet: seeded, exact, with known faults and known anomalies."""

from localcloud.samples.generate import generate
from localcloud.samples.load import load
from localcloud.samples.manifest import Anomaly, DayCost, Delivery, Manifest

__all__ = ["Anomaly", "DayCost", "Delivery", "Manifest", "generate", "load"]
