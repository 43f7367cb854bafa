# A static binary on an empty image: no shell, not root, read-only root.
#   make image          (or: docker build --build-arg VERSION=1.2.3 -t bouncer .)
#   docker run --read-only -v bouncer:/data --env-file bouncer.env -p 127.0.0.1:8081:8081 bouncer
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -tags nosandbox -ldflags "-s -w -X main.version=${VERSION}" -o /out/bouncer ./cmd/bot \
 && mkdir -p /out/data

# With the simulators, for deploy/compose-sandbox.yaml:
#   docker build --target sandbox -t bouncer-sandbox .
FROM build AS build-sandbox
RUN CGO_ENABLED=0 go build -trimpath -o /out/bouncer-sandbox ./cmd/bot

FROM scratch AS sandbox
COPY --from=build-sandbox /out/bouncer-sandbox /bouncer
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV TMPDIR=/data
VOLUME /data
ENTRYPOINT ["/bouncer"]
CMD ["sandbox"]

# The image: without the simulators.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/bouncer /bouncer
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
# The default database, bouncer.db, is on the volume. DATABASE_URL is not set
# here, so that DATABASE_URL_FILE can be.
WORKDIR /data
ENV HTTP_ADDR=0.0.0.0:8081
VOLUME /data
EXPOSE 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/bouncer", "health"]
ENTRYPOINT ["/bouncer"]
CMD ["run"]
