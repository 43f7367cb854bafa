//go:build unix && !linux && !darwin

package store

// There is no such lock here: the one beside the database is the only one.
const ofdSetLock = 0
