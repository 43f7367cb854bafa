package moderation

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// PanicError is a recovered panic. Its text names the place, and never the value, which may
// contain payload text: it goes into logs.
type PanicError struct {
	Value any
	Stack []byte // of the panic
}

// RecoveredPanic returns an error for what recover returned. A panic that was recovered and raised
// again keeps its first stack.
func RecoveredPanic(v any) *PanicError {
	if p, ok := v.(*PanicError); ok {
		return p
	}
	return &PanicError{Value: v, Stack: debug.Stack()}
}

// Error returns the type of the value, or an error of the runtime, and the stack.
func (p *PanicError) Error() string {
	if err, ok := p.Value.(runtime.Error); ok {
		return fmt.Sprintf("panic: %v\n%s", err, p.Stack)
	}
	return fmt.Sprintf("panic: value of type %T\n%s", p.Value, p.Stack)
}

// Unwrap returns the error that was the panic's value, if it was one.
func (p *PanicError) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}
