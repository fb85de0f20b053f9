// Command woodpecker-libs answers questions that Woodpecker 3.17 decides with Go libraries, by calling those libraries:
// substitution, expressions, YAML, globs and schedules. One JSON request per line on standard input, one JSON answer per
// line, in the same order, on standard output. A failing library is {"error":"…"}; one that panics is {"error":"…","panic":true}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // schedules must not depend on the zone files of the machine

	"github.com/bmatcuk/doublestar/v4"
	"github.com/drone/envsubst"
	"github.com/expr-lang/expr"
	"github.com/gdgvda/cron"
)

type request struct {
	Op         string            `json:"op"`
	Text       string            `json:"text"`       // substitute, yaml
	Variables  map[string]string `json:"variables"`  // substitute, evaluate
	Expression string            `json:"expression"` // evaluate
	Patterns   []string          `json:"patterns"`   // match
	Value      string            `json:"value"`      // match
	Schedule   string            `json:"schedule"`   // schedule
	Timezone   string            `json:"timezone"`   // schedule
	Now        int64             `json:"now"`        // schedule, Unix seconds
}

type answer struct {
	Result any    `json:"result,omitempty"`
	Error  string `json:"error,omitempty"`
	Panic  bool   `json:"panic,omitempty"`
}

func main() {
	in := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			if err := out.Encode(handle(line)); err != nil {
				os.Exit(1)
			}
		}
		if err != nil {
			return
		}
	}
}

func handle(line []byte) (reply answer) {
	defer func() {
		if r := recover(); r != nil {
			reply = answer{Error: fmt.Sprint(r), Panic: true}
		}
	}()
	var r request
	if err := json.Unmarshal(line, &r); err != nil {
		return answer{Error: err.Error()}
	}
	result, err := dispatch(r)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Result: result}
}

func dispatch(r request) (any, error) {
	switch r.Op {
	case "substitute":
		return envsubst.Eval(r.Text, func(name string) string {
			value := r.Variables[name]
			if strings.Contains(value, "\n") {
				return fmt.Sprintf("%q", value)
			}
			return value
		})
	case "evaluate":
		return evaluate(r.Expression, r.Variables)
	case "yaml":
		return parseYAML(r.Text)
	case "match":
		for _, pattern := range r.Patterns {
			if ok, _ := doublestar.Match(pattern, r.Value); ok {
				return true, nil
			}
		}
		return false, nil
	case "schedule":
		return nextRun(r.Schedule, r.Timezone, r.Now)
	}
	return nil, fmt.Errorf("unknown op %q, allowed are substitute, evaluate, yaml, match, schedule", r.Op)
}

func evaluate(expression string, variables map[string]string) (bool, error) {
	if variables == nil {
		variables = map[string]string{}
	}
	program, err := expr.Compile(expression, expr.Env(variables), expr.AllowUndefinedVariables(), expr.AsBool())
	if err != nil {
		return false, err
	}
	value, err := expr.Run(program, variables)
	if err != nil {
		return false, err
	}
	truth, ok := value.(bool)
	if !ok {
		return false, fmt.Errorf("could not parse result: %v", value)
	}
	return truth, nil
}

// next is the answer to "schedule": what is wrong with each half, or the Unix time of the next run.
type next struct {
	ScheduleError string `json:"scheduleError,omitempty"`
	TimezoneError string `json:"timezoneError,omitempty"`
	Next          int64  `json:"next,omitempty"`
}

func nextRun(schedule, timezone string, now int64) (next, error) {
	parser, err := cron.NewDefaultParser(cron.StandardOptions)
	if err != nil {
		return next{}, err
	}
	var reply next
	parsed, err := parser.Parse(schedule)
	if err != nil {
		reply.ScheduleError = err.Error()
	}
	zone, err := time.LoadLocation(timezone)
	if err != nil {
		reply.TimezoneError = err.Error()
	}
	if reply != (next{}) {
		return reply, nil
	}
	if at := parsed.Next(time.Unix(now, 0).In(zone)); !at.IsZero() {
		reply.Next = at.Unix()
	}
	return reply, nil
}
