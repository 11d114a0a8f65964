package httpcore

// JSON both ways: what a handler answers with, and what it was sent.

import (
	"encoding/json"
	"io"
)

// JSONCodec writes and reads JSON for an App. jsonfast.Options is one; contrib/
// has others.
type JSONCodec interface {
	// AppendMarshal appends the JSON of v to dst. After an error its result is
	// not used.
	AppendMarshal(dst []byte, v any) ([]byte, error)
	// Unmarshal stores the JSON in data in what v points to. data is borrowed:
	// its memory is used again when the handler has returned.
	Unmarshal(data []byte, v any) error
}

// JSON answers with v as Config.JSON writes it. Given a pointer it does not
// allocate, if v's type has no methods or maps that do.
func (c *Ctx) JSON(v any) error {
	c.use()
	if c.started {
		return ErrStarted
	}
	into := c.content[:0]
	if len(c.content) > 0 {
		into = nil // an answer that is there stays if this one fails
	}
	b, err := c.app.cfg.JSON.AppendMarshal(into, v)
	if err != nil {
		return err
	}
	c.contentType = typeJSON
	c.text, c.content, c.written = "", b, 0
	return nil
}

// Bind reads the body as JSON into what v points to. What does not fit is an
// *Error with code 400 that says why, for a handler to return; with the route
// option StreamBody, so are the errors of reading, and ErrBodyTooLarge for more than
// Limits.BodyBytesMax: it is all in memory here. It does not look at Content-Type.
func (c *Ctx) Bind(v any) error {
	body, err := c.wholeBody()
	if err != nil {
		return err
	}
	err = c.app.cfg.JSON.Unmarshal(body, v)
	if err == nil {
		return nil
	}
	if _, ours := err.(*json.InvalidUnmarshalError); ours { // v is no pointer: the client cannot help that
		return err
	}
	return NewError(statusBadRequest, err.Error())
}

func (c *Ctx) wholeBody() ([]byte, error) {
	if c.upload == nil {
		return c.Body(), nil
	}
	most := c.app.limits.BodyBytesMax
	body, err := io.ReadAll(io.LimitReader(c, most+1))
	if err == nil && int64(len(body)) > most {
		err = ErrBodyTooLarge
	}
	return body, err
}
