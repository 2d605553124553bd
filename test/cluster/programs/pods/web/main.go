// What the tests' pods run: a server of HTTP, UDP and TCP, and clients for all of them and for DNS, in one static program.
package main

import (
	"fmt"
	"os"
)

const usage = `web serve [-http 80] [-echo 7] [-count 19]    see serve.go
web get [-timeout 3s] [-ca FILE] [-token FILE] [-at-once 1] URL...   what each answers, asked so often side by side
web dns [-timeout 3s] NAME [SERVER[:PORT]]    its addresses, one a line
web udp [-timeout 3s] HOST:PORT TEXT          what comes back
web count HOST:PORT DURATION                  {"lines","missed","longestPauseMilliseconds"} of a counted stream, until then or SIGINT
web write FILE TEXT                           into a file that is there: a setting of the kernel
web forward DESCRIPTOR HOST:PORT              accepts on an inherited socket, and connects there`

func main() {
	modes := map[string]func([]string) error{
		"serve": serve, "get": get, "dns": dns, "udp": udp, "count": count, "write": write, "forward": forward,
	}
	if len(os.Args) < 2 || modes[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	if err := modes[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
