// Leads from one network namespace into another: the listening socket was made outside and is inherited, the connections
// are made here.
package main

import (
	"errors"
	"io"
	"net"
	"os"
	"strconv"
)

func forward(words []string) error {
	if len(words) != 2 {
		return errors.New("web forward DESCRIPTOR HOST:PORT")
	}
	descriptor, err := strconv.Atoi(words[0])
	if err != nil {
		return err
	}
	listener, err := net.FileListener(os.NewFile(uintptr(descriptor), "listener"))
	if err != nil {
		return err
	}
	for {
		outside, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer outside.Close()
			inside, err := net.Dial("tcp", words[1])
			if err != nil {
				return
			}
			defer inside.Close()
			done := make(chan struct{}, 2)
			carry := func(to, from net.Conn) {
				io.Copy(to, from)
				to.(*net.TCPConn).CloseWrite()
				done <- struct{}{}
			}
			go carry(inside, outside)
			go carry(outside, inside)
			<-done
			<-done
		}()
	}
}
