package jcs

import (
	"errors"
	"slices"
)

// An Object is a JSON object with its members in canonical order. Looking through the few members that
// a receipt has costs less than a map of them.
type Object []Member

// A Member also says where it stands in the text that it was read from or written to last, its name and
// colon included.
type Member struct {
	Name       string
	Value      any
	Start, End int
}

// ObjectOf puts the members of a map in canonical order.
func ObjectOf(members map[string]any) Object {
	object := make(Object, 0, len(members))
	for name, value := range members {
		object = append(object, Member{Name: name, Value: value})
	}
	slices.SortFunc(object, func(a, b Member) int { return CompareUTF16(a.Name, b.Name) })
	return object
}

// Get returns the value of a member, if there is one of the name.
func (o Object) Get(name string) (value any, ok bool) {
	for i := range o {
		if o[i].Name == name {
			return o[i].Value, true
		}
	}
	return nil, false
}

// With sets a member in its place; the object may be changed by it, as by append.
func (o Object) With(name string, value any) Object {
	at, isThere := slices.BinarySearchFunc(o, name, func(member Member, name string) int {
		return CompareUTF16(member.Name, name)
	})
	if isThere {
		o[at].Value = value
		return o
	}
	return slices.Insert(o, at, Member{Name: name, Value: value})
}

// withMaps makes maps of objects that were read in any order, and refuses a repeated member.
func withMaps(value any) (any, error) {
	var err error
	switch v := value.(type) {
	case []any:
		for i := range v {
			if v[i], err = withMaps(v[i]); err != nil {
				return nil, err
			}
		}
	case Object:
		object := make(map[string]any, len(v))
		for _, member := range v {
			if object[member.Name], err = withMaps(member.Value); err != nil {
				return nil, err
			}
		}
		if len(object) < len(v) {
			return nil, errors.New("repeated member in JSON")
		}
		return object, nil
	}
	return value, nil
}
