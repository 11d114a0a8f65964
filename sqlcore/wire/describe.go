package wire

// What a statement takes and returns: ParameterDescription and RowDescription (§55.7).

// Column describes one column of a result.
type Column struct {
	Name      []byte // a view of the message
	Table     uint32 // OID, 0 if the column is computed
	Attribute int16  // number in that table
	Type      uint32 // OID
	Size      int16  // pg_type.typlen: negative for variable length
	Modifier  int32  // pg_attribute.atttypmod: what the type's name has in brackets, encoded by type
	Format    Format // Text in the answer to Describe for a statement: the format is not known yet
}

// Columns reads a RowDescription column by column.
type Columns struct {
	b    body
	left int
}

// ParseRowDescription begins to read a RowDescription. n is how many columns it says it has; each takes at least
// 19 bytes, and a count that the body cannot hold is refused here, so that n may be used to reserve memory.
func ParseRowDescription(message []byte) (c Columns, n int, ok bool) {
	const columnBytesMin = 1 + 4 + 2 + 4 + 2 + 4 + 2
	b := body{rest: message}
	n = int(b.int16())
	if b.bad || n < 0 || n > len(b.rest)/columnBytesMin {
		return c, 0, false
	}
	return Columns{b, n}, n, true
}

// Next reads one column. At the end it returns false; [Columns.OK] tells whether that is the end of the message too.
func (c *Columns) Next(col *Column) bool {
	if c.left == 0 || c.b.bad {
		return false
	}
	c.left--
	col.Name = c.b.string()
	col.Table = c.b.uint32()
	col.Attribute = c.b.int16()
	col.Type = c.b.uint32()
	col.Size = c.b.int16()
	col.Modifier = c.b.int32()
	col.Format = Format(c.b.int16())
	if col.Format != Text && col.Format != Binary {
		c.b.bad = true
	}
	return !c.b.bad
}

// OK reports, after the last column, whether the message held what it said.
func (c *Columns) OK() bool { return c.left == 0 && c.b.whole() }

// AppendParamTypes reads a ParameterDescription and appends the types of the parameters, as OIDs.
func AppendParamTypes(dst []uint32, message []byte) ([]uint32, bool) {
	b := body{rest: message}
	n := int(uint16(b.int16()))
	if b.bad || len(b.rest) != 4*n {
		return dst, false
	}
	for range n {
		dst = append(dst, b.uint32())
	}
	return dst, true
}
