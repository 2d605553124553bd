// The clients: each asks once, prints what came, and fails where nothing did in time.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sort"
	"strconv"
	"strings"
	"time"
)

func get(words []string) error {
	flags := flag.NewFlagSet("get", flag.ExitOnError)
	timeout := flags.Duration("timeout", 3*time.Second, "")
	ca := flags.String("ca", "", "")
	token := flags.String("token", "", "")
	atOnce := flags.Int("at-once", 1, "")
	flags.Parse(words)
	client := &http.Client{Timeout: *timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	if *ca != "" {
		pem, err := os.ReadFile(*ca)
		if err != nil {
			return err
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(pem)
		client.Transport = &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool}}
	}
	bearer := ""
	if *token != "" {
		text, err := os.ReadFile(*token)
		if err != nil {
			return err
		}
		bearer = "Bearer " + strings.TrimSpace(string(text))
	}
	for _, url := range flags.Args() {
		type answer struct {
			body []byte
			err  error
		}
		answers := make(chan answer)
		for n := 0; n < *atOnce; n++ {
			go func() {
				body, err := ask(client, url, bearer)
				answers <- answer{body, err}
			}()
		}
		for n := 0; n < *atOnce; n++ {
			one := <-answers
			os.Stdout.Write(one.body)
			if one.err != nil {
				return one.err
			}
		}
	}
	return nil
}

func ask(client *http.Client, url, bearer string) ([]byte, error) {
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return nil, err
	}
	if bearer != "" {
		request.Header.Set("Authorization", bearer)
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 400 {
		err = errors.New(url + ": " + answer.Status)
	}
	return body, err
}

func dns(words []string) error {
	flags := flag.NewFlagSet("dns", flag.ExitOnError)
	timeout := flags.Duration("timeout", 3*time.Second, "")
	flags.Parse(words)
	resolver := &net.Resolver{PreferGo: true}
	if server := flags.Arg(1); server != "" {
		if _, _, err := net.SplitHostPort(server); err != nil {
			server = net.JoinHostPort(server, "53")
		}
		resolver.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	addresses, err := resolver.LookupHost(ctx, flags.Arg(0))
	sort.Strings(addresses)
	for _, one := range addresses {
		fmt.Println(one)
	}
	return err
}

func udp(words []string) error {
	flags := flag.NewFlagSet("udp", flag.ExitOnError)
	timeout := flags.Duration("timeout", 3*time.Second, "")
	flags.Parse(words)
	socket, err := net.Dial("udp", flags.Arg(0))
	if err != nil {
		return err
	}
	if _, err := socket.Write([]byte(flags.Arg(1))); err != nil {
		return err
	}
	socket.SetReadDeadline(time.Now().Add(*timeout))
	buffer := make([]byte, 65536)
	length, err := socket.Read(buffer)
	if err == nil {
		fmt.Println(string(buffer[:length]))
	}
	return err
}

func write(words []string) error {
	if len(words) != 2 {
		return errors.New("web write FILE TEXT")
	}
	return os.WriteFile(words[0], []byte(words[1]), 0)
}

func count(words []string) error {
	if len(words) != 2 {
		return errors.New("web count HOST:PORT DURATION")
	}
	duration, err := time.ParseDuration(words[1])
	if err != nil {
		return err
	}
	connection, err := net.DialTimeout("tcp", words[0], 3*time.Second)
	if err != nil {
		return err
	}
	lines, missed, expected, longest, last := 0, 0, 0, time.Duration(0), time.Now()
	end := last.Add(duration)
	connection.SetReadDeadline(end)
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	isEnough := make(chan struct{})
	go func() {
		<-interrupts
		close(isEnough)
		connection.SetReadDeadline(time.Now())
	}()
	scanner := bufio.NewScanner(connection)
	for scanner.Scan() {
		now := time.Now()
		longest, last = max(longest, now.Sub(last)), now
		number, err := strconv.Atoi(scanner.Text())
		if err != nil {
			break
		}
		missed += number - expected
		expected = number + 1
		lines++
	}
	longest = max(longest, time.Since(last))
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"lines": lines, "missed": missed, "longestPauseMilliseconds": longest.Milliseconds(),
	})
	select {
	case <-isEnough:
		return nil
	default:
	}
	if time.Now().Before(end) {
		return errors.New("the stream ended before its time")
	}
	return nil
}
