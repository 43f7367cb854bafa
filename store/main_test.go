package store_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"

	"bouncer/store"

	"go.uber.org/goleak"
)

// TestMain is also the program that a test kills, and the one that opens a database in a process of its
// own.
func TestMain(m *testing.M) {
	if dir := os.Getenv("STORE_TEST_CRASH"); dir != "" {
		crash(dir)
	}
	if path := os.Getenv("STORE_TEST_OPEN"); path != "" {
		s, err := store.New(context.Background(), config(path))
		if err == nil {
			err = s.Close()
		}
		if err != nil {
			fmt.Println(err)
		} else {
			fmt.Println("opened")
		}
		os.Exit(0)
	}
	if err := flag.Set("test.parallel", "4"); err != nil { // half of them wait for a PostgreSQL server
		panic(err)
	}
	goleak.VerifyTestMain(m)
}
