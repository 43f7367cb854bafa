# make test runs the tests; lint, alerts, fuzz and static are the rest of what CI runs.
# make soak runs them for much longer, after a change of what they protect.
GO ?= go
LINT_VERSION := v2.15.0
PROMTOOL_VERSION := 2.42.0
FUZZTIME ?= 20s
SOAK ?= 1000

# The race detector checks all but packages that share nothing that changes, and cost most under it:
# SQLite, which is C compiled to Go, with its runtime, allocator and driver; regular expressions; and
# JSON schemas. The checks of unsafe pointers that come with it are off: the program has none.
RACE := -race -gcflags=all=-d=checkptr=0 $(foreach p,modernc.org/... regexp/... unicode/... github.com/santhosh-tekuri/...,-gcflags=$(p)=-race=false)

# Tests that compute in one goroutine, which the detector makes seven times as slow. make test runs
# them without it; make soak with it.
ALONE := TestEveryMessageKeepsTheLimits|TestRandomWorlds|TestAMessageOfLinesStaysOneMessage|TestThousandLinesFitIntoEightMessages|TestApproversReadEveryTarget|TestSelectedLinesDoNotDelayOthers|FuzzForeign

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

NPM := sandbox/slackd/testdata/npm sandbox/tencentd/testdata/npm sandbox/page/testdata/npm

.PHONY: test postgres faults faults-short soak clients lint alerts fuzz static image bench sandbox screenshots sentences

# The slowest packages begin first. The others run beside them, in the time in which they wait for
# Slack's, Tencent's and PostgreSQL's answers.
test: clients
	$(GO) test ./bot/say
	$(GO) test $(RACE) -skip '^($(ALONE))$$' -p 3 -timeout 20m ./cmd/bot ./store ./...

# The end-to-end tests on PostgreSQL, but for those about SQLite's files.
postgres: clients
	BOUNCER_TEST_DATABASE=postgres $(GO) test -count=1 -timeout 15m ./cmd/bot \
		-skip 'TestALogThatIsBehind|TestTheAuditChannelIsCompared|TestRowsChangedByHand|TestLargeTexts|TestADatabaseThatIsTakenAway|TestAFullDisk'

# Commands through every fault, then a check that no promise was broken: docs/faults.md. A run takes
# 40 minutes. SEED repeats an earlier one.
SEED ?= $(shell date +%s)
faults:
	$(GO) run ./faults -seed $(SEED)

faults-short:
	$(GO) run ./faults -seed $(SEED) -commands 600 -rate 6 -away 10s -stopped 10s -quiet 300s

# Property tests with SOAK rounds each, and end-to-end tests with many more cases.
soak: clients
	BOUNCER_SOAK=1 $(GO) test $(RACE) -count=1 -timeout 4h ./cmd/bot
	BOUNCER_SOAK=1 $(GO) test $(RACE) -count=1 -timeout 24h ./store ./policy ./commands ./bot/say -rapid.checks=$(SOAK)

# Third-party clients, installed before the tests begin: two packages share
# some, and must not install them at the same time. Without npm the tests say
# what is missing.
clients:
	@command -v npm >/dev/null || exit 0; for d in $(NPM); do \
		test -e $$d/node_modules/.package-lock.json || (cd $$d && npm ci --ignore-scripts --no-audit --no-fund --silent) || exit 1; \
	done

lint:
	test -z "$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go'))"
	$(GO) vet ./...
	golangci-lint run ./...

# The alert rules and their tests. promtool is part of Prometheus (Debian: prometheus).
alerts:
	promtool check rules docs/alerts.yaml
	promtool test rules docs/alerts_test.yaml

# Each fuzz target for FUZZTIME.
fuzz:
	GO=$(GO) FUZZTIME=$(FUZZTIME) sh .ci/fuzz

static:
	CGO_ENABLED=0 $(GO) build -trimpath -tags nosandbox -ldflags "-s -w -X main.version=$(VERSION)" -o dist/bouncer ./cmd/bot

image:
	docker build --build-arg VERSION=$(VERSION) -t bouncer:$(VERSION) .

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

sandbox:
	$(GO) run ./cmd/bot sandbox

# The pictures in README, from a real sandbox in Chromium.
screenshots: clients
	$(GO) build -o dist/bouncer-sandbox ./cmd/bot
	cd sandbox/page/testdata/npm && node screenshots.js $(CURDIR)/dist/bouncer-sandbox $(CURDIR)/docs

# Pictures of every sentence and card in both languages, on a desktop and on a phone, in dist/sentences.
# To print which sentences the end-to-end tests show: go test -count=1 ./cmd/bot -args -sentences
sentences: clients
	$(GO) test -count=1 ./bot/say -run TestEverySentenceIsSaid -sheet $(CURDIR)/dist/sentences
	$(GO) build -o dist/bouncer-sandbox ./cmd/bot
	cd sandbox/page/testdata/npm && node sentences.js $(CURDIR)/dist/bouncer-sandbox $(CURDIR)/dist/sentences $(CURDIR)/dist/sentences
