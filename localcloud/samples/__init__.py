"""Sample cost reports of a small fleet: seeded, exact, with known faults and known anomalies."""

from localcloud.samples.generate import generate
from localcloud.samples.manifest import Anomaly, Delivery, Manifest

__all__ = ["Anomaly", "Delivery", "Manifest", "generate"]
