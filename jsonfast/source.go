package jsonfast

// This file holds what generated code reads with. Such code expects a text as the package writes it: the members in the order of the
// fields, without white space. What it expects it reads by the methods of Source. Everything else it gives to the methods of the
// type's Codec, which have the plan of the type: a value that is of another kind (Field), what comes after a member that is not
// followed by an expected one (Rest), a value that does not start like an object with members (Value).
//
// Places are offsets in Data. A method returns the place behind what it read, or a negative number: from Source that means "not so",
// and nothing was stored; from Codec that decoding is over.

// Source is a text that is being decoded. It is for code that covet-json writes, and good until that returns.
type Source decoder

// Data returns the whole text. It must not be written to.
func (s *Source) Data() []byte { return s.data }

// Open enters an object at i that has a member, if there is one. It is left by Close, or by Codec.Rest.
func (s *Source) Open(i int) bool {
	if i+1 < len(s.data) && s.data[i] == '{' && s.data[i+1] == '"' && s.depth < depthLevelsMax {
		s.depth++
		return true
	}
	return false
}

// Close leaves an object.
func (s *Source) Close() { s.depth-- }

// Clean reports whether all that was read so far fitted where it went.
func (s *Source) Clean() bool { return s.saved == nil }

// String reads a string.
func (s *Source) String(i int) (string, int) {
	if i >= len(s.data) || s.data[i] != '"' {
		return "", broken
	}
	return (*decoder)(s).string(i + 1)
}

// Text reads a string whose opening quote is before i.
func (s *Source) Text(i int) (string, int) { return (*decoder)(s).string(i) }

// Bool reads true or false.
func (s *Source) Bool(i int) (bool, int) {
	if rest := s.data[i:]; len(rest) >= 5 { // there is always a bracket behind it
		switch {
		case string(rest[:4]) == "true":
			return true, i + 4
		case string(rest[:5]) == "false":
			return false, i + 5
		}
	}
	return false, broken
}

// Int reads an integer that has no more than 18 digits.
func (s *Source) Int(i int) (int64, int) {
	v, end, ok := readInt(s.data, i)
	if !ok {
		return 0, broken
	}
	return v, end
}

// Uint is Int without a sign.
func (s *Source) Uint(i int) (uint64, int) {
	v, end, ok := readInt(s.data, i)
	if !ok || s.data[i] == '-' {
		return 0, broken
	}
	return uint64(v), end
}

// Float reads a number as a float64.
func (s *Source) Float(i int) (float64, int) {
	if i >= len(s.data) || !startsNumber(s.data[i]) {
		return 0, broken
	}
	f, end, ok := readFloat(s.data, i)
	if !ok {
		return 0, broken
	}
	return f, end
}

// Strings reads an array of strings into a slice that has no memory yet.
func (s *Source) Strings(i int, to *[]string) int {
	d := (*decoder)(s)
	data, start := s.data, len(s.strings)
	if cap(*to) > 0 || i >= len(data) || data[i] != '[' || s.depth >= depthLevelsMax {
		return broken
	}
	if i++; i < len(data) && data[i] == ']' {
		*to = []string{}
		return i + 1
	}
	for {
		if i < len(data) && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
		var str string
		if str, i = s.String(i); i == broken {
			break
		}
		d.strings = append(d.strings, str)
		if i < len(data) && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
		if i >= len(data) || data[i] != ',' {
			break
		}
		i++
	}
	end := broken
	if i >= 0 && i < len(data) && data[i] == ']' {
		end = i + 1
		*to = append(make([]string, 0, len(d.strings)-start), d.strings[start:]...)
	}
	clear(d.strings[start:])
	d.strings = d.strings[:start]
	return end
}

// Value reads any value into v.
func (c *Codec[T]) Value(s *Source, i int, v *T) int {
	return c.read.Load().decode((*decoder)(s), i, address(v)) // SAFETY: the plan is that of T
}

// Field reads any value, behind the colon at i-1, into member n of v.
func (c *Codec[T]) Field(s *Source, i, n int, v *T) int {
	plan, d := c.read.Load(), (*decoder)(s)
	return plan.field(d, skipSpace(d.data, i), address(v), &plan.fields[n]) // SAFETY: the plan is that of T
}

// Rest reads what is left of an object behind the value of a member, up to its closing bracket. The next member is thought to be n.
func (c *Codec[T]) Rest(s *Source, i, n int, v *T) int {
	d := (*decoder)(s)
	if i = skipSpace(d.data, i); i >= len(d.data) {
		return broken
	}
	switch d.data[i] {
	case '}':
		d.depth--
		return i + 1
	case ',':
		return c.Members(s, i+1, n, v)
	}
	return broken
}

// Members is Rest for what comes behind a comma, or behind the opening bracket.
func (c *Codec[T]) Members(s *Source, i, n int, v *T) int {
	plan, d := c.read.Load(), (*decoder)(s)
	var next *decField
	if n < len(plan.fields) {
		next = &plan.fields[n]
	}
	return plan.members(d, skipSpace(d.data, i), address(v), next) // SAFETY: the plan is that of T
}

// Blame tells a fault that came up while code for another type read member n that it was there.
func (c *Codec[T]) Blame(s *Source, n int) {
	plan := c.read.Load()
	(*decoder)(s).inField(plan.typ, plan.fields[n].path)
}

// Slice reads an array at i, where its bracket is, into a slice that has no memory yet. If the last two arrays were of one length, the
// slice is made of that length at once, as slicePlan does it.
func (c *Codec[T]) Slice(s *Source, i int, to *[]T) int {
	if s.depth++; s.depth > depthLevelsMax {
		return broken
	}
	data := s.data
	if i = skipSpace(data, i+1); i < len(data) && data[i] == ']' {
		s.depth--
		*to = []T{}
		return i + 1
	}
	var elements []T
	var room *[]T
	guess := c.guess.Load()
	if guess < surprise && int(guess) <= (len(data)-i+1)/2 {
		elements = make([]T, guess)
	}
	n := 0
	for {
		if n == len(elements) {
			room, elements = c.more(room, elements)
		}
		i = c.decode(s, i, &elements[n])
		n++
		if i == broken {
			break
		}
		if i < len(data) && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
		if i >= len(data) || data[i] != ',' {
			break
		}
		if i++; i < len(data) && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
	}
	if *to = elements[:n:n]; room != nil || n < len(elements) {
		*to = append(make([]T, 0, n), elements[:n]...)
		c.leave(room, n)
	}
	c.remember(guess, n)
	if i < 0 || i >= len(data) || data[i] != ']' {
		return broken
	}
	s.depth--
	return i + 1
}

// remember notes how long an array was, for the next guess.
func (c *Codec[T]) remember(guess uint32, n int) {
	if n = min(n, guessedMax); guess&^surprise != uint32(n) {
		c.guess.Store(uint32(n) | surprise)
	} else if guess&surprise != 0 {
		c.guess.Store(uint32(n))
	}
}

// more makes room for another element: in memory that is kept, to which those that are there go, or in twice as much.
func (c *Codec[T]) more(room *[]T, elements []T) (*[]T, []T) {
	if room == nil {
		if room = c.room(); len(*room) <= len(elements) {
			*room = make([]T, 2*len(elements))
		}
		copy(*room, elements)
		return room, *room
	}
	*room = append(*room, make([]T, len(*room))...)
	*room = (*room)[:len(elements)*2]
	return room, *room
}

// room returns memory for elements.
func (c *Codec[T]) room() *[]T {
	if r, ok := c.rooms.Get().(*[]T); ok {
		return r
	}
	r := make([]T, firstElementsCount)
	return &r
}

// leave gives back memory in which n elements were read. What methods have seen is theirs.
func (c *Codec[T]) leave(room *[]T, n int) {
	if room != nil && uintptr(len(*room))*c.size() <= roomBytesMax && !c.kept.exist() {
		clear((*room)[:n])
		c.rooms.Put(room)
	}
}

// size is that of an element.
func (c *Codec[T]) size() uintptr { return c.kept.ptr.Elem().Size() }
