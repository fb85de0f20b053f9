// app: what the sandbox's pods run. It stands for a deployed application (it stays up, and answers HTTP on
// 127.0.0.1:$PORT when PORT is set) and is the pods' pause process as well: it reaps what is left to process 1.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGCHLD)
	if port := os.Getenv("PORT"); port != "" {
		go serve(net.JoinHostPort("127.0.0.1", port))
	}
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
}

func serve(address string) {
	handler := func(response http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(response, os.Getenv("APP_REVISION"))
	}
	if err := http.ListenAndServe(address, http.HandlerFunc(handler)); err != nil {
		fmt.Fprintln(os.Stderr, "app: cannot serve on", address+":", err)
		os.Exit(1)
	}
}
