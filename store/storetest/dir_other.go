//go:build !linux

package storetest

// inMemory returns "": other systems have no such folder by default.
func inMemory() string { return "" }
