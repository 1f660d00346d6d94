"""Oracle Cloud Infrastructure on a laptop: enough of it, over HTTP, for the real ``oci`` SDK."""
