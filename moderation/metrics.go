package moderation

import (
	"math/rand/v2"
	"time"
)

type noMetrics struct{}

func (noMetrics) CaseOpened(Verb)                           {}
func (noMetrics) TargetsDone(string, Outcome)               {}
func (noMetrics) Called(string, VendorClass, time.Duration) {}
func (noMetrics) Lifted(time.Duration)                      {}

func randomFraction() float64 { return rand.Float64() } //nolint:gosec // spreads retries, guards nothing
