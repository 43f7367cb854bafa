package moderation

import (
	"math/rand/v2"
	"time"
)

type noMeter struct{}

func (noMeter) CaseOpened(Verb)                           {}
func (noMeter) Settled(string, Outcome)                   {}
func (noMeter) Called(string, VendorClass, time.Duration) {}
func (noMeter) Lifted(time.Duration)                      {}

func randomFraction() float64 { return rand.Float64() } //nolint:gosec // spreads retries, guards nothing
