# dlint in an image: docker run --rm -v "$PWD:/w" -w /w dlint
FROM python:3.13.7-slim-trixie@sha256:5f55cdf0c5d9dc1a415637a5ccc4a9e18663ad203673173b8cda8f8dcacef689 AS dependencies
# The image's own pip installs into it, so that the final stage needs no second one.
RUN python -m venv --without-pip /opt/dlint
COPY requirements/run.lock /src/
RUN pip --python /opt/dlint/bin/python install --no-cache-dir --require-hashes -r /src/run.lock

FROM python:3.13.7-slim-trixie@sha256:5f55cdf0c5d9dc1a415637a5ccc4a9e18663ad203673173b8cda8f8dcacef689 AS wheel
WORKDIR /src
COPY LICENSE README.md pyproject.toml ./
COPY dlint dlint
COPY rules rules
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheel .

FROM python:3.13.7-slim-trixie@sha256:5f55cdf0c5d9dc1a415637a5ccc4a9e18663ad203673173b8cda8f8dcacef689
# Mounted repositories belong to another user, and git would not read them otherwise.
RUN apt-get update \
    && apt-get install -y --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory '*'
COPY --from=dependencies /opt/dlint /opt/dlint
# A layer of its own: a new release of dlint re-uses the one above.
RUN --mount=type=bind,from=wheel,source=/wheel,target=/wheel \
    pip --python /opt/dlint/bin/python install --no-cache-dir --no-deps --no-index /wheel/*.whl
USER 1000:1000
WORKDIR /w
ENTRYPOINT ["/opt/dlint/bin/dlint"]
CMD ["check"]
