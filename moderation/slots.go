package moderation

import "sync/atomic"

// Slots are the free places of one queue's workers in this process. A store that queues a job
// which is due at once reserves a place, claims the job as it writes it, and hands it over once
// committed, without another transaction.
type Slots struct {
	free       chan struct{}
	handedOver chan Job
	reserved   atomic.Int64 // by a store, and not handed over yet
	closed     atomic.Bool
	idle       chan struct{} // has a token when closed and nothing is reserved
}

// NewSlots returns n free places.
func NewSlots(n int) *Slots {
	s := &Slots{free: make(chan struct{}, n), handedOver: make(chan Job, n), idle: make(chan struct{}, 1)}
	for range n {
		s.free <- struct{}{}
	}
	return s
}

// Reserve takes a free place and reports whether there was one. HandOver or Release must follow.
func (s *Slots) Reserve() bool {
	if s == nil {
		return false
	}
	s.reserved.Add(1)
	if !s.closed.Load() && s.take() {
		return true
	}
	s.settle()
	return false
}

// HandOver passes a job in a reserved place. It does not block.
func (s *Slots) HandOver(j Job) {
	s.handedOver <- j
	s.settle()
}

// Jobs returns the channel of jobs that were handed over.
func (s *Slots) Jobs() <-chan Job { return s.handedOver }

// Release frees a reserved place.
func (s *Slots) Release() {
	s.free <- struct{}{}
	s.settle()
}

func (s *Slots) settle() {
	if s.reserved.Add(-1) == 0 && s.closed.Load() {
		select {
		case s.idle <- struct{}{}:
		default:
		}
	}
}

func (s *Slots) take() bool {
	select {
	case <-s.free:
		return true
	default:
		return false
	}
}

// takeAll takes all free places and returns how many there were.
func (s *Slots) takeAll() (n int) {
	for s.take() {
		n++
	}
	return n
}

func (s *Slots) putBack(n int) {
	for range n {
		s.free <- struct{}{}
	}
}
