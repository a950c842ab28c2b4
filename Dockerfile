# iai-proxy, with all its extras. docs/ci.md says how to use it, compose.yaml is an example.
FROM python:3.12-slim AS build
WORKDIR /build
COPY supply_chain/image.lock ./
RUN python -m venv /opt/iai-proxy \
    && /opt/iai-proxy/bin/pip install --no-cache-dir --no-deps --require-hashes -r image.lock
COPY pyproject.toml README.md LICENSE ./
COPY addons addons
COPY configs configs
COPY iai_proxy iai_proxy
RUN /opt/iai-proxy/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN useradd --uid 10001 --create-home iai && install -d -o iai -g iai /recordings
COPY --from=build /opt/iai-proxy /opt/iai-proxy
ENV PATH=/opt/iai-proxy/bin:$PATH \
    IAI_PROXY_READY_FILE=/tmp/iai-proxy.ready
USER 10001
WORKDIR /recordings
VOLUME /recordings
# Healthy as soon as a client can be answered.
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s \
    CMD ["iai-proxy", "wait", "--timeout", "3"]
ENTRYPOINT ["iai-proxy"]
CMD ["--help"]
