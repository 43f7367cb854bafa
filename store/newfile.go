package store

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteNewFile writes a file that only its owner may read. The file gets its name when all of it is
// on disk: a failure leaves nothing. An existing file is not overwritten.
func WriteNewFile(path string, write func(io.Writer) error) (err error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return notOverwritten(err)
	}
	part := path + ".part-" + rand.Text()
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	defer func() {
		if rerr := os.Remove(part); !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}()
	buffered := bufio.NewWriterSize(f, 1<<18)
	if err = write(buffered); err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil { // one failure is one sentence
		err = cerr
	}
	if err != nil {
		return err
	}
	return nameFile(part, path)
}

// nameFile renames a complete file to its final name, unless another file has that.
func nameFile(part, path string) error {
	// A hard link is created only where no file exists, so it cannot overwrite one.
	if err := os.Link(part, path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return notOverwritten(nil)
		}
		if err := os.Rename(part, path); err != nil { // a file system without links
			return err
		}
	}
	return syncFolder(filepath.Dir(path))
}

// notOverwritten returns why a new file cannot have its name, given what a look at that name
// returned.
func notOverwritten(err error) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: it is not overwritten, so name another file", fs.ErrExist)
}
