"""``make demo``: the clouds, their reports and Airflow on one machine, and a run over them."""
