package socket

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// BenchmarkAckBurst sends b.N slash commands at once over two connections; the
// acks come from one goroutine that gathers up to 512 of them, as a group
// commit does. Sender and client share the process and its cores.
//
//	go test -run - -bench AckBurst -benchtime 10000x ./bot/socket
func BenchmarkAckBurst(b *testing.B) {
	filler := fmt.Sprintf(`"token":"x","team_id":"T111","team_domain":"xxx","channel_id":"C111","channel_name":"random","user_id":"U111","user_name":"testxyz","command":"/mod","text":"mute room:10006 29376 30m loud music","api_app_id":"A111","trigger_id":"%036d"`, 1)
	start := make(chan struct{})
	var once sync.Once
	begin := func() { once.Do(func() { close(start) }) }
	defer begin()
	var acked atomic.Int64
	all := make(chan struct{})
	w := newWire(b, false, func(ws *websocket.Conn) {
		_ = ws.WriteMessage(websocket.TextMessage, []byte(helloFrame(1, 3600)))
		go func() {
			<-start
			// Frames are built by hand and sent many at a time, so that the
			// sender uses little of the cores.
			var out []byte
			for i := range b.N / 2 {
				text := fmt.Sprintf(`{"envelope_id":"%036d","payload":{%s},"type":"slash_commands","accepts_response_payload":true}`, i, filler)
				out = append(out, 0x81, 126)
				out = binary.BigEndian.AppendUint16(out, uint16(len(text)))
				out = append(out, text...)
				if len(out) > 60<<10 || i == b.N/2-1 {
					_, _ = ws.NetConn().Write(out)
					out = out[:0]
				}
			}
		}()
		for {
			_, r, err := ws.NextReader()
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, r)
			if acked.Add(1) == int64(b.N/2*2) {
				close(all)
			}
		}
	})
	if b.N < 2 {
		return // a first guess of the framework
	}
	queue := make(chan Ack, 1024)
	var group sync.WaitGroup
	group.Go(func() {
		batch := make([]Ack, 0, 512)
		for ack := range queue {
			batch = append(batch[:0], ack)
			for len(batch) < cap(batch) && len(queue) > 0 {
				batch = append(batch, <-queue)
			}
			for _, ack := range batch {
				_ = ack(nil)
			}
		}
	})
	var slowest atomic.Int64
	c, stop := run(b, Config{
		Opener:  NewOpener(nil, w.URL+"/api/", testToken),
		Handler: func(_ context.Context, _ Envelope, ack Ack) { queue <- ack },
		Hooks: Hooks{OnAcked: func(_ string, d time.Duration) {
			for old := slowest.Load(); int64(d) > old && !slowest.CompareAndSwap(old, int64(d)); old = slowest.Load() {
			}
		}},
	})
	<-c.Ready()
	for tick := time.NewTicker(10 * time.Millisecond); c.Live() < 2; <-tick.C {
		continue
	}
	b.ReportAllocs()
	b.ResetTimer()
	begin()
	<-all
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "acks/s")
	b.ReportMetric(float64(slowest.Load())/1e6, "ms-slowest")
	stop()
	close(queue)
	group.Wait()
}
