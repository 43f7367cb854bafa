package socket

// pool runs at most cap(sem) handlers at once and lets as many deliveries wait
// ahead of them. Its goroutines live while there is work; running counts them.
type pool struct {
	queue   chan *delivery
	sem     chan struct{}
	handle  func(*delivery)
	running *ledger
}

func newPool(limit int, running *ledger, handle func(*delivery)) *pool {
	return &pool{
		queue:   make(chan *delivery, limit),
		sem:     make(chan struct{}, limit),
		handle:  handle,
		running: running,
	}
}

// submit queues d. It blocks while the queue is full, which stops the reading
// of the connection, and returns false when give ended before there was room.
func (p *pool) submit(d *delivery, give <-chan struct{}) bool {
	select {
	case p.queue <- d:
	case <-give:
		return false
	}
	p.staff()
	return true
}

// staff starts a worker unless all work.
func (p *pool) staff() {
	select {
	case p.sem <- struct{}{}:
		p.running.begin()
		go p.work()
	default:
	}
}

func (p *pool) work() {
	defer func() {
		<-p.sem
		// Something may have been queued after the queue was seen empty and
		// before the place was free; or a handler ended this goroutine.
		if len(p.queue) > 0 {
			p.staff()
		}
		p.running.end()
	}()
	for {
		select {
		case d := <-p.queue:
			p.handle(d)
		default:
			return
		}
	}
}
