package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// The newest commits are only in the log beside the database. SQLite continues with a log that was
// truncated or overwritten, answers from its index, and finds nothing after a restart. So a log
// that another program wrote to is verified: it must contain everything that its index says is
// committed.

// logWritten remembers the log as this process left it. The writer calls it at the end of each
// transaction.
func (f *files) logWritten() {
	if info, err := os.Stat(f.names[1]); err == nil {
		f.log = stampOf(info)
	}
}

// logIntact returns nil when no other program wrote to the log, or all commits are in it all the
// same. Its caller keeps the writer from writing meanwhile.
func (s *Store) logIntact() error {
	f := s.files
	if f == nil {
		return nil
	}
	info, err := os.Stat(f.names[1])
	if err != nil {
		return s.replaced()
	}
	now := stampOf(info)
	if now == f.log {
		return nil
	}
	if err := f.walkLog(); err != nil {
		err = s.lite.damaged(err)
		s.stopWrites(err)
		return err
	}
	f.log = now
	return nil
}

// logIndex is the content of the log's index (sqlite.org/walformat.html).
type logIndex struct {
	pageSize int64
	frames   uint32 // that are committed
	sum      [2]uint32
	salt     [8]byte
}

// readIndex reads it from the descriptor that stays open as long as the database does: closing one
// would release SQLite's own locks on the file.
func (f *files) readIndex() (x logIndex, err error) {
	var b [48]byte
	if _, err := f.index.ReadAt(b[:], 0); err != nil {
		return x, err
	}
	n := binary.NativeEndian
	x.pageSize, x.frames = int64(n.Uint16(b[14:])), n.Uint32(b[16:])
	if x.pageSize == 1 {
		x.pageSize = 65536
	}
	x.sum = [2]uint32{n.Uint32(b[24:]), n.Uint32(b[28:])}
	copy(x.salt[:], b[32:40])
	return x, nil
}

// walkLog verifies the checksums of all commits. It waits for a program that is writing, or
// restarts the log.
func (f *files) walkLog() error {
	for range 5 {
		before, err := f.readIndex()
		if err != nil {
			return err
		}
		walked := f.walk(before)
		after, err := f.readIndex()
		if err != nil {
			return err
		}
		if before == after {
			return walked
		}
	}
	return nil // it is being written all the time; the next check decides
}

func (f *files) walk(x logIndex) (err error) {
	if x.frames == 0 {
		return nil
	}
	log, err := os.Open(f.names[1])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	torn := func(frame uint32) error {
		return fmt.Errorf("its log holds %d of %d pages that are committed: another program truncated or overwrote it", frame, x.frames)
	}
	var head [32]byte
	if _, err := io.ReadFull(log, head[:]); err != nil {
		return torn(0)
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch binary.BigEndian.Uint32(head[:]) {
	case 0x377f0682:
	case 0x377f0683:
		order = binary.BigEndian
	default:
		return torn(0)
	}
	sum := logSum([2]uint32{}, head[:24], order)
	if sum != storedSum(head[24:]) || [8]byte(head[16:24]) != x.salt {
		return torn(0)
	}
	frame := make([]byte, 24+x.pageSize)
	for n := range x.frames {
		if _, err := io.ReadFull(log, frame); err != nil {
			return torn(n)
		}
		sum = logSum(logSum(sum, frame[:8], order), frame[24:], order)
		if sum != storedSum(frame[16:]) || [8]byte(frame[8:16]) != x.salt {
			return torn(n)
		}
	}
	if sum != x.sum {
		return torn(0)
	}
	return nil
}

func storedSum(b []byte) [2]uint32 {
	return [2]uint32{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}
}

// logSum is the checksum of SQLite's log.
func logSum(s [2]uint32, b []byte, order binary.ByteOrder) [2]uint32 {
	for i := 0; i+8 <= len(b); i += 8 {
		s[0] += order.Uint32(b[i:]) + s[1]
		s[1] += order.Uint32(b[i+4:]) + s[0]
	}
	return s
}
