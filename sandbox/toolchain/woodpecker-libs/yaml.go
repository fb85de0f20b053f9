package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"

	"go.yaml.in/yaml/v4"
)

const maxDepth = 100

// parseYAML turns the first document into JSON that keeps the order of keys. Floats become the text that Go prints for
// them and integers beyond 2^53 become text too: that is how they reach an environment variable.
func parseYAML(text string) (any, error) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return nil, err
	}
	// Duplicate keys and unresolvable tags are only noticed when a value is built.
	var check any
	if err := document.Decode(&check); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if len(document.Content) == 0 {
		return json.RawMessage("null"), nil
	}
	if err := write(&out, document.Content[0], 0); err != nil {
		return nil, err
	}
	return json.RawMessage(out.Bytes()), nil
}

func write(out *bytes.Buffer, node *yaml.Node, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("line %d: nested deeper than %d levels", node.Line, maxDepth)
	}
	switch node.Kind {
	case yaml.AliasNode:
		return write(out, node.Alias, depth+1)
	case yaml.SequenceNode:
		out.WriteByte('[')
		for i, item := range node.Content {
			if i > 0 {
				out.WriteByte(',')
			}
			if err := write(out, item, depth+1); err != nil {
				return err
			}
		}
		out.WriteByte(']')
		return nil
	case yaml.MappingNode:
		keys, values := entries(node)
		out.WriteByte('{')
		for i, key := range keys {
			if i > 0 {
				out.WriteByte(',')
			}
			encoded, _ := json.Marshal(key)
			out.Write(encoded)
			out.WriteByte(':')
			if err := write(out, values[key], depth+1); err != nil {
				return err
			}
		}
		out.WriteByte('}')
		return nil
	}
	return writeScalar(out, node)
}

func writeScalar(out *bytes.Buffer, node *yaml.Node) error {
	var value any
	if err := node.Decode(&value); err != nil {
		return err
	}
	switch v := value.(type) {
	case float64:
		value = fmt.Sprintf("%v", v)
	case int:
		if math.Abs(float64(v)) > 1<<53 {
			value = fmt.Sprintf("%d", v)
		}
	case nil, bool, string:
	default:
		value = fmt.Sprintf("%v", v)
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return err
	}
	out.Write(encoded)
	return nil
}

// entries lists a mapping in order, with merge keys ("<<") resolved: a key of the mapping itself wins.
func entries(node *yaml.Node) ([]string, map[string]*yaml.Node) {
	var keys []string
	values := map[string]*yaml.Node{}
	set := func(key string, value *yaml.Node, override bool) {
		if _, known := values[key]; !known {
			keys = append(keys, key)
		} else if !override {
			return
		}
		values[key] = value
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Tag != "!!merge" {
			set(key.Value, value, true)
			continue
		}
		for _, source := range mergeSources(value) {
			merged, from := entries(source)
			for _, k := range merged {
				set(k, from[k], false)
			}
		}
	}
	return keys, values
}

func mergeSources(node *yaml.Node) []*yaml.Node {
	switch node.Kind {
	case yaml.AliasNode:
		return mergeSources(node.Alias)
	case yaml.MappingNode:
		return []*yaml.Node{node}
	case yaml.SequenceNode:
		var sources []*yaml.Node
		for _, item := range node.Content {
			sources = append(sources, mergeSources(item)...)
		}
		return sources
	}
	return nil
}
