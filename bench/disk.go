package main

import (
	"errors"
	"os"
	"path/filepath"
	"time"
)

// written is about what one commit of Bouncer writes to SQLite's log.
const written = 16 << 10

// disk returns how long writing and syncing takes in a folder at a rate: no durable acknowledgement
// is faster. The error is that of the file.
func disk(folder string, rate, n int) (took []time.Duration, err error) {
	f, err := os.Create(filepath.Join(folder, "disk")) //nolint:gosec // a folder that this program made
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	block := make([]byte, written)
	for range n {
		<-tick.C
		began := time.Now()
		if _, err := f.Write(block); err != nil {
			return nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}
