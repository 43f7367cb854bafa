package moderation

import "sync/atomic"

// Slots are the places of one queue's workers in this process. A store that
// queues a job which is due at once reserves one and hands the job over when it
// is committed: it is claimed as it is written, and needs no transaction for that.
type Slots struct {
	free   chan struct{}
	handedOver  chan Job
	reserved   atomic.Int64 // reserved by a store, and not handed over yet
	closed atomic.Bool
	idle   chan struct{} // holds one: closed, and none is open
}

// NewSlots makes n free places.
func NewSlots(n int) *Slots {
	s := &Slots{free: make(chan struct{}, n), handedOver: make(chan Job, n), idle: make(chan struct{}, 1)}
	for range n {
		s.free <- struct{}{}
	}
	return s
}

// Reserve takes a free place; false when there is none. Give or Release follows.
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

// HandOver hands a job over in a place that was reserved. It does not block.
func (s *Slots) HandOver(j Job) {
	s.handedOver <- j
	s.settle()
}

// Jobs gets the jobs that were handed over.
func (s *Slots) Jobs() <-chan Job { return s.handedOver }

// Release gives a reserved place back.
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
