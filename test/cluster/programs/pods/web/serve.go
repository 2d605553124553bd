// The server: HTTP `/` says who answers and whom it saw, `/bytes/N` is N bytes long, `/headers` is what came, `/readiness` has the
// status that `/readiness/CODE` gave it; UDP echo says the same as `/` and then what was sent (RFC 862's port); a TCP stream counts,
// a line every 10 ms (RFC 864's port).
package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"
)

const countEvery = 10 * time.Millisecond

func serve(words []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	httpPort := flags.Int("http", 80, "")
	echoPort := flags.Int("echo", 7, "")
	countPort := flags.Int("count", 19, "")
	flags.Parse(words)
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	failed := make(chan error)
	go func() { failed <- serveEcho(*echoPort, host) }()
	go func() { failed <- serveCount(*countPort) }()
	go func() { failed <- http.ListenAndServe(fmt.Sprint(":", *httpPort), pages(host)) }()
	fmt.Println("serving as", host)
	return <-failed
}

func pages(host string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, host, "to", clientOf(r.RemoteAddr))
	})
	readiness := atomic.Int64{}
	readiness.Store(http.StatusOK)
	mux.HandleFunc("/readiness", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(int(readiness.Load()))
	})
	mux.HandleFunc("/readiness/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, err := strconv.ParseInt(r.PathValue("code"), 10, 64)
		if err != nil || code < 200 || code > 599 {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		readiness.Store(code)
	})
	mux.HandleFunc("/headers", func(w http.ResponseWriter, r *http.Request) {
		r.Header.Write(w)
	})
	mux.HandleFunc("/bytes/{count}", func(w http.ResponseWriter, r *http.Request) {
		count, _ := strconv.ParseInt(r.PathValue("count"), 10, 64)
		io.CopyN(w, endless{}, count)
	})
	return mux
}

type endless struct{}

func (endless) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = 'x'
	}
	return len(into), nil
}

// An IPv4 client of a socket for both families is shown as IPv4.
func clientOf(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	return host
}

func serveEcho(port int, host string) error {
	socket, err := net.ListenPacket("udp", fmt.Sprint(":", port))
	if err != nil {
		return err
	}
	buffer := make([]byte, 65536)
	for {
		length, from, err := socket.ReadFrom(buffer)
		if err != nil {
			return err
		}
		socket.WriteTo([]byte(fmt.Sprint(host, " to ", clientOf(from.String()), ": ", string(buffer[:length]))), from)
	}
}

func serveCount(port int) error {
	listener, err := net.Listen("tcp", fmt.Sprint(":", port))
	if err != nil {
		return err
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			for n := 0; ; n++ {
				if _, err := fmt.Fprintln(connection, n); err != nil {
					return
				}
				time.Sleep(countEvery)
			}
		}()
	}
}
