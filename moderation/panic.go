package moderation

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// PanicError is a panic that was caught. Its text names the place, and nothing
// that a payload could have put into the value: it goes into logs.
type PanicError struct {
	Value any
	Stack []byte // of where it happened
}

// RecoveredPanic makes an error of what recover gave. A panic that was caught before
// and passed on keeps its first stack.
func RecoveredPanic(v any) *PanicError {
	if p, ok := v.(*PanicError); ok {
		return p
	}
	return &PanicError{Value: v, Stack: debug.Stack()}
}

func (p *PanicError) Error() string {
	if err, ok := p.Value.(runtime.Error); ok {
		return fmt.Sprintf("panic: %v\n%s", err, p.Stack)
	}
	return fmt.Sprintf("panic: value of type %T\n%s", p.Value, p.Stack)
}

// Unwrap gives the error that the panic was about, if it was one.
func (p *PanicError) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}
