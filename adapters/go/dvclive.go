// Package dvclive logs metrics, params, images and artifacts of a Go program to `dvclive run`. Standard library
// only; copy this file into a folder of its own in your module, internal/dvclive (a folder dvclive is where runs are
// written).
//
//	dvclive.LogParam("lr", 0.1)
//	dvclive.LogMetric("loss", 0.52)     // at the current step, or: dvclive.LogMetricAt("loss", 0.52, 3)
//	dvclive.NextStep()                  // or: dvclive.SetStep(7)
//	dvclive.Summary("best", 0.52)
//	dvclive.LogImage("curve.png", "out/c.png")
//	dvclive.LogArtifact("model.pt", dvclive.About{"type": "model", "copy": true, "labels": []string{"a"}})
//	dvclive.Line("progress 30/100")     // any other record of `dvclive help-protocol`
//
// Under `dvclive run` records go through the FIFO that DVCLIVE_FIFO names; else they are printed as
// "@dvclive ..." lines. Nothing here blocks the program, ends it or panics: if the recorder is gone, one line on
// stderr says so. Goroutines and processes may log at the same time.
package dvclive

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// About holds what else is known of an artifact: type, name, desc, labels, meta, copy, cache.
type About map[string]any

// LogMetric logs one point of one curve at the current step.
func LogMetric(name string, value any) { Line(word(name) + "=" + text(value)) }

// LogMetricAt logs one point of one curve at a step.
func LogMetricAt(name string, value any, step int64) {
	Line(fmt.Sprintf("%s=%s step=%d", word(name), text(value), step))
}

// LogParam logs a parameter of the run: a number, bool, string, or slices and maps of these.
func LogParam(name string, value any) { Line("param " + word(name) + "=" + text(value)) }

// Summary logs a result of the run: a value beside the metrics, without a curve.
func Summary(name string, value any) { Line("summary " + word(name) + "=" + text(value)) }

// NextStep counts the step up by one. It begins at 0.
func NextStep() { Line("next-step") }

// SetStep sets the step.
func SetStep(step int64) { Line("step " + strconv.FormatInt(step, 10)) }

// LogImage logs an image file; what it holds now is recorded, so it may be overwritten afterwards.
func LogImage(name, path string) {
	source := path
	if c := program(); c.path != "" {
		if source = c.copy(path); source == "" {
			return
		}
	}
	Line("image " + text(name) + " path=" + text(source))
}

// LogArtifact tracks a file or folder with DVC. about may be nil.
func LogArtifact(path string, about About) {
	record := "artifact " + text(path)
	keys := make([]string, 0, len(about))
	for key := range about {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		record += " " + key + "=" + text(about[key])
	}
	Line(record)
}

// Line sends one record, without newline.
func Line(record string) { program().send([]byte(record + "\n")) }

// Close hands over what still waits, within five seconds. Only a program that ends while the FIFO is full needs it.
func Close() {
	for naps := 0; naps < 1000 && !program().caughtUp(); naps++ {
		time.Sleep(5 * time.Millisecond)
	}
}

var bare = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_./-]*$`)

// word is a name: bare where that may stand.
func word(name string) string {
	switch name {
	case "step", "timestamp", "plot", "rank":
		return text(name)
	}
	if bare.MatchString(name) {
		return name
	}
	return text(name)
}

// text is JSON, and what JSON cannot say but the protocol can: NaN, infinities.
func text(value any) string {
	item := reflect.ValueOf(value)
	switch item.Kind() {
	case reflect.Float32, reflect.Float64:
		number := item.Float()
		bits := item.Type().Bits()
		out := strconv.FormatFloat(number, 'g', -1, bits)
		if !math.IsNaN(number) && !math.IsInf(number, 0) && !strings.ContainsAny(out, ".e") {
			out += ".0" // it stays a floating number
		}
		return out
	case reflect.Slice, reflect.Array:
		parts := make([]string, item.Len())
		for i := range parts {
			parts[i] = text(item.Index(i).Interface())
		}
		return "[" + strings.Join(parts, ",") + "]"
	case reflect.Map:
		parts := []string{}
		for _, key := range item.MapKeys() {
			parts = append(parts, text(fmt.Sprint(key.Interface()))+":"+text(item.MapIndex(key).Interface()))
		}
		sort.Strings(parts)
		return "{" + strings.Join(parts, ",") + "}"
	}
	out, err := json.Marshal(value)
	if err != nil {
		out, _ = json.Marshal(fmt.Sprint(value))
	}
	return string(out)
}

const recordLimit = 4096 // one write(2) is whole among many writers: PIPE_BUF, pipe(7)

// channel is the program's end: how a line travels, and in which order.
type channel struct {
	sync.Mutex
	path, folder string // of the FIFO
	fd           int
	backlog      *os.File // lines that wait for room in the FIFO, in order
	count        int
	warned       bool
}

var (
	once sync.Once
	ours channel
)

func program() *channel {
	once.Do(func() { ours.open() })
	return &ours
}

func (c *channel) open() {
	c.fd = -1
	c.path = os.Getenv("DVCLIVE_FIFO")
	c.folder = filepath.Dir(c.path)
	if c.path == "" {
		return
	}
	fd, err := syscall.Open(c.path, syscall.O_WRONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		c.dead(err)
		return
	}
	c.fd = fd
	var about syscall.Stat_t
	if syscall.Fstat(fd, &about) != nil || about.Mode&syscall.S_IFMT != syscall.S_IFIFO {
		c.dead(fmt.Errorf("not a FIFO"))
	}
}

func (c *channel) send(line []byte) {
	c.Lock()
	defer c.Unlock()
	switch {
	case c.path == "":
		os.Stdout.Write(append([]byte("@dvclive "), line...))
	case c.fd < 0:
	case c.backlog != nil && !c.handOver():
		c.waitInFile(line)
	case len(line) > recordLimit: // too long for the FIFO: a backlog of one line
		c.waitInFile(line)
		if c.backlog != nil {
			c.handOver()
		}
	case c.fd >= 0 && !c.write(line) && c.fd >= 0:
		c.waitInFile(line)
	}
}

// write writes a line of at most recordLimit bytes, whole or not at all; false where the FIFO is full or dead.
func (c *channel) write(line []byte) bool {
	_, err := syscall.Write(c.fd, line) // EPIPE, no signal: os/signal, "SIGPIPE"
	for err == syscall.EINTR {
		_, err = syscall.Write(c.fd, line)
	}
	if err != nil && err != syscall.EAGAIN {
		c.dead(err)
	}
	return err == nil
}

func (c *channel) dead(err error) {
	if c.fd >= 0 {
		syscall.Close(c.fd)
	}
	c.fd = -1
	why := err.Error()
	if err == syscall.ENXIO || err == syscall.EPIPE {
		why = "nobody reads it"
	}
	c.warn("the recorder of this run cannot be reached through " + c.path + ": " + why)
}

func (c *channel) warn(what string) {
	if !c.warned {
		fmt.Fprintf(os.Stderr, "dvclive: %s. What is logged from here on is not recorded; the program goes on.\n", what)
	}
	c.warned = true
}

func (c *channel) create(suffix string) (*os.File, error) {
	for {
		c.count++
		name := fmt.Sprintf("go-%d-%d%s", os.Getpid(), c.count, suffix)
		file, err := os.OpenFile(filepath.Join(c.folder, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
		if !os.IsExist(err) {
			return file, err
		}
	}
}

func (c *channel) noRoom(err error) {
	c.warn("values are lost, no file can be written in " + c.folder + ": " + err.Error())
}

func (c *channel) waitInFile(line []byte) {
	if c.backlog == nil {
		file, err := c.create(".lines")
		if err != nil {
			c.noRoom(err)
			return
		}
		c.backlog = file
		go func() { // the program may log nothing more
			for !c.caughtUp() {
				time.Sleep(20 * time.Millisecond)
			}
		}()
	}
	if _, err := c.backlog.Write(line); err != nil {
		c.noRoom(err)
	}
}

// handOver tells the recorder of the backlog; false where the FIFO is still full.
func (c *channel) handOver() bool {
	if !c.write([]byte(`{"@file": "` + filepath.Base(c.backlog.Name()) + "\"}\n")) {
		return false
	}
	c.backlog.Close()
	c.backlog = nil
	return true
}

func (c *channel) caughtUp() bool {
	c.Lock()
	defer c.Unlock()
	return c.fd < 0 || c.backlog == nil || c.handOver()
}

// copy puts an image into the channel's folder, where the recorder finds it and removes it; "" if that cannot be.
func (c *channel) copy(path string) string {
	c.Lock()
	defer c.Unlock()
	if c.fd < 0 {
		return ""
	}
	data, err := os.ReadFile(path)
	if err != nil {
		fmt.Fprintf(os.Stderr, "dvclive: the image %s cannot be read: %v.\n", path, err)
		return ""
	}
	file, err := c.create(filepath.Ext(path))
	if err == nil {
		defer file.Close()
		_, err = file.Write(data)
	}
	if err != nil {
		c.noRoom(err)
		return ""
	}
	return file.Name()
}
