package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"syscall"
	"time"
)

// fileSuffix after the name of a secret setting is the name of the setting that
// contains the path of a file with it.
const fileSuffix = "_FILE"

// mostSecret is the maximum size of a file with a secret.
const mostSecret = 64 << 10

// secretsWithin is how long a pipe may take to deliver a secret.
const secretsWithin = 5 * time.Second

// secretNames returns the settings that can be read from files.
func secretNames() (names []string) {
	t := reflect.TypeFor[settings]()
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get("secret") == "yes" {
			names = append(names, f.Tag.Get("envconfig"))
		}
	}
	return names
}

// readSecretFiles sets each secret whose _FILE setting names a file. What is
// wrong with a file is kept until the setting is used: a health check must not
// fail because a file with a token was replaced.
func (s *settings) readSecretFiles(value func(string) string) {
	s.fileProblems = map[string]string{}
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := f.Tag.Get("envconfig")
		if f.Tag.Get("secret") != "yes" || value(name+fileSuffix) == "" {
			continue
		}
		if value(name) != "" { // the field may have its default
			s.fileProblems[name] = fmt.Sprintf("%s and %s are both set: remove one of them", name, name+fileSuffix)
			continue
		}
		text, err := secretFrom(value(name + fileSuffix))
		if err != nil {
			s.fileProblems[name] = fmt.Sprintf("%s: %s", name+fileSuffix, err)
			continue
		}
		v.Field(i).SetString(text)
	}
}

// secretFrom returns the content of a file without the line break at its end.
// An error contains neither the content nor the path, which may be a secret
// that was meant for another setting.
func secretFrom(path string) (string, error) {
	// Opening a named pipe to which nothing writes would wait without end, also after SIGTERM.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) //nolint:gosec // the operator names the file
	if err != nil {
		return "", unreadable(err)
	}
	defer f.Close()                                      //nolint:errcheck // it was only read
	_ = f.SetReadDeadline(time.Now().Add(secretsWithin)) // a regular file has none and needs none
	raw, err := io.ReadAll(io.LimitReader(f, mostSecret+1))
	if err != nil {
		return "", unreadable(err)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r")
	switch {
	case len(raw) > mostSecret:
		return "", fmt.Errorf("the file has more than %d bytes; write only the secret into it", mostSecret)
	case strings.TrimSpace(text) == "":
		return "", errors.New("the file is empty; write the secret into it")
	case strings.ContainsAny(text, "\r\n\x00"):
		return "", errors.New("the file has more than one line; write only the secret into it")
	}
	return text, nil
}

// unreadable returns an error that says why, without the path.
func unreadable(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err
	}
	return fmt.Errorf("the file cannot be read: %w; check the path and who may read it", err)
}
