# syntax=docker/dockerfile:1
# escape=\
ARG V=1
FROM --platform=$BUILDPLATFORM python:${V:-3}-slim AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV A=b C="d e" PATH=$PATH:/x
LABEL a.b="c" d='e f'
WORKDIR /srv/$A
COPY --chown=1:1 --chmod=644 a b* ["c d", "e/"]
ADD --checksum=sha256:00 https://example.com/a.tgz /a/
RUN --mount=type=cache,target=/root/.cache,sharing=locked \
    # a comment
    pip install -r requirements.txt && \
    rm -rf /x
RUN <<EOF cat <<-'E2'
echo $A
EOF
	two
	E2
EXPOSE 80/tcp 90
VOLUME ["/a"]
USER a:b
HEALTHCHECK --interval=5s CMD curl -f http://localhost/
ONBUILD COPY . .
STOPSIGNAL SIGTERM
FROM scratch
COPY --from=build /srv /srv
COPY --from=0 <<EOF /file
text
EOF
ENTRYPOINT ["/a", "b"]
CMD echo "${A:+x}" $((1+2))
