//go:build !linux

package storetest

// inMemory: no other system has such a folder by itself.
func inMemory() string { return "" }
