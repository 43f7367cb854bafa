# make test is everything a change must pass; the other targets are its parts.
GO ?= go
LINT_VERSION := v2.15.0
FUZZTIME ?= 20s

.PHONY: test unit lint fuzz static bench sandbox

test: unit

unit:
	$(GO) test -race -timeout 15m ./...

lint:
	test -z "$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go'))"
	$(GO) vet ./...
	golangci-lint run ./...

# Each fuzz target for FUZZTIME.
fuzz:
	GO=$(GO) FUZZTIME=$(FUZZTIME) sh .ci/fuzz

static:
	CGO_ENABLED=0 $(GO) build -trimpath -o dist/bouncer ./cmd/bot

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

sandbox:
	$(GO) run ./cmd/bot sandbox
