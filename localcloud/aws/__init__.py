"""AWS on a laptop: moto server behind a front that is as strict as the service models are."""
