// enclose: runs a group of processes in a mount and a PID namespace of their own.
//
// Whatever they start (container shims, containers) and whatever they mount (root file systems, volumes) is gone when
// enclose is gone, however it ended: the kernel ends a PID namespace with its first process, and a mount namespace
// with its last. The namespaces need root; the rest of the machine sees none of the mounts.
//
// Usage: enclose FILE, with FILE in the form of `plan`.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// plan is what runs inside.
type plan struct {
	// Binds are laid over directories of the machine, which must exist, for programs with built-in paths.
	Binds []bind `json:"binds"`
	// Processes start in this order. When one ends for good, all end.
	Processes []process `json:"processes"`
}

type bind struct {
	Source string `json:"source"`
	Target string `json:"target"`
}

type process struct {
	Name    string   `json:"name"`
	Command string   `json:"command"`
	Args    []string `json:"args"`
	// Env adds to the environment of enclose and wins over it.
	Env []string `json:"env"`
	// Log is begun anew; the one of the last run is kept beside it, as `.previous`.
	Log string `json:"log"`
	// After names a file that must exist before this process starts, for example the socket of an earlier one.
	After string `json:"after"`
	// Again is how often it is started again when it ends by itself. The socket of an earlier one may be there before that one
	// is ready for this: containerd answers "server is not initialized yet" while it clears up what was left, and kubelet gives up.
	Again int `json:"again"`
}

// The first process of the namespaces is this program again, under this name.
const insideName = "enclose-inside"

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: enclose FILE"))
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail(err)
	}
	var wanted plan
	if err := json.Unmarshal(text, &wanted); err != nil {
		fail(fmt.Errorf("%s: %w", os.Args[1], err))
	}
	if os.Args[0] == insideName {
		fail(runInside(wanted))
	}
	os.Exit(runOutside(wanted))
}

// runOutside starts the namespaces' first process and passes on the request to end.
func runOutside(wanted plan) int {
	inside := exec.Command("/proc/self/exe")
	inside.Args = []string{insideName, os.Args[1]}
	inside.Stdout, inside.Stderr = os.Stdout, os.Stderr
	inside.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
		Pdeathsig:  syscall.SIGKILL,
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	// Pdeathsig follows the thread that forked, which must therefore live as long as the process.
	started, ended := make(chan error, 1), make(chan error, 1)
	go lockedRun(inside, started, ended)
	if err := <-started; err != nil {
		fmt.Fprintln(os.Stderr, "enclose: cannot make namespaces:", err)
		return 1
	}
	for {
		select {
		case <-signals:
			inside.Process.Signal(syscall.SIGTERM)
		case err := <-ended:
			if err != nil {
				fmt.Fprintln(os.Stderr, "enclose:", err)
				return 1
			}
			return 0
		}
	}
}

func fail(err error) {
	if err == nil {
		os.Exit(0)
	}
	fmt.Fprintln(os.Stderr, "enclose:", err)
	os.Exit(1)
}
