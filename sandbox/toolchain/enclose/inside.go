package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

const (
	readyLimit   = 30 * time.Second
	endingLimit  = 3 * time.Second
	pollInterval = 20 * time.Millisecond
	againPause   = 500 * time.Millisecond
)

func lockedRun(command *exec.Cmd, started, ended chan<- error) {
	runtime.LockOSThread()
	err := command.Start()
	started <- err
	if err == nil {
		ended <- command.Wait()
	}
}

// runInside is process 1 of the namespaces: it mounts, starts, reaps, and ends when one of the processes ends or when told to.
func runInside(wanted plan) error {
	if err := mountAll(wanted.Binds); err != nil {
		return err
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGCHLD)
	running := map[int]process{}
	for _, each := range wanted.Processes {
		// Left from an earlier run it would say "ready" too early.
		if each.After != "" {
			os.Remove(each.After)
		}
	}
	for _, each := range wanted.Processes {
		if err := awaitFile(each, running); err != nil {
			return err
		}
		pid, err := start(each)
		if err != nil {
			return err
		}
		running[pid] = each
	}
	for received := range signals {
		if received == syscall.SIGTERM {
			return endAll(running)
		}
		for _, each := range reap(running) {
			if err := startAgain(each, running); err != nil {
				return err
			}
		}
	}
	return nil
}

func startAgain(each ended, running map[int]process) error {
	if each.Again == 0 {
		return each.err()
	}
	time.Sleep(againPause)
	next := each.process
	next.Again--
	pid, err := start(next)
	if err == nil {
		running[pid] = next
	}
	return err
}

func mountAll(binds []bind) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("cannot make the mounts private: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("cannot mount /proc: %w", err)
	}
	for _, each := range binds {
		if err := os.MkdirAll(each.Source, 0o755); err != nil {
			return err
		}
		if err := syscall.Mount(each.Source, each.Target, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("cannot bind %s to %s: %w", each.Source, each.Target, err)
		}
	}
	// Volumes of pods are mounted by one process and used by another of the group: sharing is needed, inside only.
	return syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_SHARED, "")
}

func start(wanted process) (int, error) {
	// There is none at the first start.
	os.Rename(wanted.Log, wanted.Log+".previous")
	log, err := os.OpenFile(wanted.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	started, err := os.StartProcess(wanted.Command, append([]string{wanted.Command}, wanted.Args...), &os.ProcAttr{
		// Of two entries of one name the first counts.
		Env:   append(wanted.Env, os.Environ()...),
		Files: []*os.File{nil, log, log},
	})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", wanted.Name, err)
	}
	return started.Pid, nil
}

func awaitFile(waiting process, running map[int]process) error {
	if waiting.After == "" {
		return nil
	}
	for end := time.Now().Add(readyLimit); time.Now().Before(end); time.Sleep(pollInterval) {
		if _, err := os.Stat(waiting.After); err == nil {
			return nil
		}
		if all := reap(running); len(all) > 0 {
			return all[0].err()
		}
	}
	return fmt.Errorf("%s waits for %s, which did not appear within %s", waiting.Name, waiting.After, readyLimit)
}

// ended is a process of the group that is no more.
type ended struct {
	process
	status syscall.WaitStatus
}

func (each ended) err() error {
	return fmt.Errorf("%s ended with status %d; all of its group end with it", each.Name, each.status.ExitStatus())
}

// reap collects every process that ended, orphans too, and returns those that belong to the group.
func reap(running map[int]process) []ended {
	var all []ended
	for {
		var state syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &state, syscall.WNOHANG, nil)
		if pid <= 0 || err != nil {
			return all
		}
		if found, ours := running[pid]; ours {
			delete(running, pid)
			all = append(all, ended{found, state})
		}
	}
}

func endAll(running map[int]process) error {
	for pid := range running {
		syscall.Kill(pid, syscall.SIGTERM)
	}
	for end := time.Now().Add(endingLimit); len(running) > 0 && time.Now().Before(end); time.Sleep(pollInterval) {
		reap(running)
	}
	return nil
}
