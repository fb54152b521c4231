// Loads a registry and tells what it answered, as words NAME=NUMBER on one line (times in milliseconds).
//
//	load closed URL CONNECTIONS SECONDS             each asks again as soon as it is answered
//	load open URL RATE SECONDS                      so many a second, whether or not they are answered
//	load post URL CONNECTIONS SECONDS KEY PREFIX    each posts a certificate, and the next when that is recorded
//	load headers|bodies|readers URL CONNECTIONS SECONDS   so many connections that send, or read, a byte a second
//
// It speaks HTTP/1.1 itself: it shares the processors with the registry, and a client's library would cost as much as an answer.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// So many at once at the most: what cannot even be sent by then is the sender's limit, and told as held.
const mostAtOnce = 400

var (
	begun          = time.Now()
	mode           string
	where          *url.URL
	path           string
	many           float64
	length         time.Duration
	mutex          sync.Mutex
	took, first    []float64
	refused, late  []float64
	failed         int
	lost, held     atomic.Int64
	opened, closed atomic.Int64
)

func over() bool { return time.Since(begun) >= length }

// connection is one to the registry, opened when it is first asked.
type connection struct {
	net.Conn
	in *bufio.Reader
}

// answer reads one whole answer and returns its status, and how many bytes came.
func (c *connection) answer() (status, came int, err error) {
	var size int64
	chunked := false
	for {
		line, err := c.in.ReadSlice('\n')
		came += len(line)
		if err != nil {
			return 0, came, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if status == 0 {
			if len(line) < 12 {
				return 0, came, errors.New("no HTTP")
			}
			if status, err = strconv.Atoi(string(line[9:12])); err != nil {
				return 0, came, err
			}
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(name, []byte("Content-Length")) {
			if size, err = strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64); err != nil {
				return 0, came, err
			}
		}
		chunked = chunked || bytes.EqualFold(name, []byte("Transfer-Encoding"))
	}
	for {
		if chunked {
			line, err := c.in.ReadSlice('\n')
			if err != nil {
				return 0, came, err
			}
			if size, err = strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 64); err != nil {
				return 0, came, err
			}
		}
		end := int64(0)
		if chunked {
			end = 2
		}
		if _, err := c.in.Discard(int(size + end)); err != nil {
			return 0, came, err
		}
		if !chunked || size == 0 {
			return status, came, nil
		}
	}
}

// ask sends a request and notes what came of it. A connection that the server closed while it was idle is opened anew, once, as every
// client does (RFC 9112, 9.3.1).
func (c *connection) ask(request []byte) int {
	since := time.Now()
	for _, wasIdle := range []bool{c.Conn != nil, false} {
		if c.Conn == nil {
			to, err := net.Dial("tcp", where.Host)
			if err != nil {
				break
			}
			c.Conn, c.in = to, bufio.NewReaderSize(to, 1<<16)
		}
		var status, came int
		_, err := c.Write(request)
		if err == nil {
			status, came, err = c.answer()
		}
		if err == nil {
			note(status, since)
			return status
		}
		c.Close()
		c.Conn = nil
		if !wasIdle || came > 0 {
			break
		}
	}
	lost.Add(1)
	return 0
}

func note(status int, since time.Time) {
	spent := float64(time.Since(since)) / float64(time.Millisecond)
	mutex.Lock()
	defer mutex.Unlock()
	if status >= 400 {
		refused = append(refused, spent)
	} else {
		took = append(took, spent)
		if since.Sub(begun) < time.Second {
			first = append(first, spent)
		}
	}
	if status >= 500 && status != 503 {
		failed++
	}
}

func get() []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: " + where.Host + "\r\nAccept: application/json\r\n\r\n")
}

// each runs so many at once and waits for them.
func each(one func(name int)) {
	var all sync.WaitGroup
	for i := 0; i < int(many); i++ {
		all.Add(1)
		go func(name int) { defer all.Done(); one(name) }(i)
	}
	all.Wait()
}

func closedLoop() {
	request := get()
	each(func(int) {
		for c := (&connection{}); !over(); {
			if c.ask(request) >= 400 {
				time.Sleep(time.Second) // as Retry-After says
			}
		}
	})
}

func openLoop() {
	request, free := get(), make(chan *connection, mostAtOnce)
	for i := 0; i < mostAtOnce; i++ {
		free <- &connection{}
	}
	var asked sync.WaitGroup
	for sent := 0.0; !over(); time.Sleep(time.Millisecond) {
		for now := time.Since(begun).Seconds(); sent < now*many; sent++ {
			select {
			case c := <-free:
				asked.Add(1)
				due := begun.Add(time.Duration(sent / many * float64(time.Second)))
				go func() {
					waited := float64(time.Since(due)) / float64(time.Millisecond)
					mutex.Lock()
					late = append(late, waited)
					mutex.Unlock()
					c.ask(request)
					free <- c
					asked.Done()
				}()
			default:
				held.Add(1)
			}
		}
	}
	asked.Wait()
}

func post() {
	key, prefix := os.Args[5], os.Args[6]
	each(func(name int) {
		c := &connection{}
		for n := 1; !over(); n++ {
			body := fmt.Sprintf(`{"number":"%s-%d-%d","holder":{"name":"青屿云帆电器（演示）有限公司"},"category":26,"level":"five-star","score":96.5,`+
				`"scope":"售后服务（演示）","issuedOn":"2025-03-01","expiresOn":"2028-02-29"}`, prefix, name, n)
			head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
				path, where.Host, key, len(body))
			if c.ask([]byte(head+body)) >= 400 {
				time.Sleep(100 * time.Millisecond)
			}
		}
	})
}

func slow() {
	head, drop := "GET "+path+" HTTP/1.1\r\nHost: "+where.Host+"\r\n", "x: y\r\n"
	switch mode {
	case "bodies":
		head, drop = "POST "+path+" HTTP/1.1\r\nHost: "+where.Host+"\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n", "x"
	case "readers":
		head, drop = head+"\r\n", ""
	}
	each(func(int) {
		for !over() {
			if c, err := net.Dial("tcp", where.Host); err == nil {
				opened.Add(1)
				_, err = io.WriteString(c, head)
				for one := make([]byte, 1); err == nil && !over(); {
					time.Sleep(time.Second)
					if mode == "readers" {
						_, err = c.Read(one)
					} else if _, err = io.WriteString(c, drop); err == nil {
						// Whether it was closed meanwhile shows when something is read; what it says then is of no interest.
						c.SetReadDeadline(time.Now().Add(time.Millisecond))
						if _, gone := c.Read(one); gone == nil || errors.Is(gone, io.EOF) {
							err = io.EOF
						}
					}
				}
				c.Close()
				if err == nil {
					return
				}
			} else {
				time.Sleep(10 * time.Millisecond)
			}
			closed.Add(1) // whoever was closed comes again
		}
	})
	fmt.Printf("opened=%d closed=%d\n", opened.Load(), closed.Load())
}

func at(times []float64, share float64) float64 {
	if len(times) == 0 {
		return 0
	}
	sort.Float64s(times)
	place := int(float64(len(times)) * share)
	if place == len(times) {
		place--
	}
	return times[place]
}

func main() {
	mode = os.Args[1]
	var err error
	if where, err = url.Parse(os.Args[2]); err != nil {
		panic(err)
	}
	path = where.RequestURI()
	many, _ = strconv.ParseFloat(os.Args[3], 64)
	seconds, _ := strconv.ParseFloat(os.Args[4], 64)
	length = time.Duration(seconds * float64(time.Second))
	switch mode {
	case "closed":
		closedLoop()
	case "open":
		openLoop()
	case "post":
		post()
	default:
		slow()
		return
	}
	spent := time.Since(begun).Seconds()
	fmt.Printf("answered=%d rate=%.1f p50=%.1f p99=%.1f first99=%.1f refused=%d refused99=%.1f failed=%d lost=%d held=%d late99=%.1f\n",
		len(took), float64(len(took))/spent, at(took, .5), at(took, .99), at(first, .99), len(refused), at(refused, .99), failed, lost.Load(), held.Load(), at(late, .99))
}
