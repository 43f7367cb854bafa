//go:build nosandbox

package main

func sandboxCommand() []subcommand { return nil }
