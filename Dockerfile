# dlint in an image: docker run --rm -v "$PWD:/work" dlint check
FROM python:3.13.7-slim-trixie AS dependencies
RUN python -m venv /opt/dlint
COPY requirements/run.lock /src/
RUN /opt/dlint/bin/pip install --no-cache-dir --require-hashes -r /src/run.lock

FROM python:3.13.7-slim-trixie AS wheel
WORKDIR /src
COPY LICENSE README.md pyproject.toml ./
COPY dlint dlint
COPY rules rules
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheel .

FROM python:3.13.7-slim-trixie
# Mounted repositories belong to another user, and git would not read them otherwise.
RUN apt-get update \
    && apt-get install -y --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory '*'
COPY --from=dependencies /opt/dlint /opt/dlint
# A layer of its own: a new release of dlint re-uses the one above.
RUN --mount=type=bind,from=wheel,source=/wheel,target=/wheel \
    /opt/dlint/bin/pip install --no-cache-dir --no-deps --no-index /wheel/*.whl
USER 1000:1000
WORKDIR /work
ENTRYPOINT ["/opt/dlint/bin/dlint"]
CMD ["check"]
