"""Oracle Cloud Infrastructure on a laptop: enough of it, over HTTP, for the real ``oci`` SDK.

Object Storage (namespace, buckets, objects, multipart uploads), the Usage API, Budgets with their
alert rules, Limits quotas, compartments, Compute instances and autoscaling configurations (planted,
none is made), Monitoring queries, Notifications topics and messages. Every signature is verified
and every body held against the SDK's own model definitions; what is not emulated answers 404
NotFound with the method and path.
Budgets carry no spend, quotas bind nothing, and the Usage API has no forecast: ask the rows.

:func:`localcloud.oci.server.serve` for tests, ``python -m localcloud.oci`` as a process,
:class:`localcloud.oci.cloud.Cloud` on the same folder to plant data from another process.
"""
