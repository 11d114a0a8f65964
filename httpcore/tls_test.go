package httpcore_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/netpoll"
)

// The portable backend serves crypto/tls's connections; the others say that they cannot.
func TestTLS(t *testing.T) {
	lender := httptest.NewTLSServer(http.NotFoundHandler()) // of a certificate, and of a client that trusts it
	defer lender.Close()
	secret := &tls.Config{Certificates: lender.TLS.Certificates, NextProtos: []string{"http/1.1"}}
	listen := func() net.Listener {
		ln, err := tls.Listen("tcp", "127.0.0.1:0", secret)
		if err != nil {
			t.Fatal(err)
		}
		return ln
	}

	if b := netpoll.Default(); b.Name != "std" {
		app := newApp(httpcore.Config{Backend: b})
		if err := app.Serve(listen()); err == nil || !strings.Contains(err.Error(), "std") {
			t.Errorf("Serve: %v, want an error that names the backend to use", err)
		}
		app.Shutdown(t.Context())
	}

	app := newApp(httpcore.Config{Backend: netpoll.Std()})
	content := bytes.Repeat([]byte("0123456789abcdef"), 20_000)
	app.Get("/tls", func(c *httpcore.Ctx) error { return c.Bytes("text/plain", content) })
	app.Post("/tls", func(c *httpcore.Ctx) error { _, err := io.Copy(c, c); return err }, httpcore.StreamBody())
	ln, served := listen(), make(chan error, 1)
	go func() { served <- app.Serve(ln) }()
	client, url := lender.Client(), "https://"+ln.Addr().String()
	for range 3 { // of one connection
		resp, err := client.Get(url + "/tls")
		checkContent(t, resp, err, content)
		resp, err = client.Post(url+"/tls", "text/plain", bytes.NewReader(content))
		checkContent(t, resp, err, content)
	}
	client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := app.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if err := <-served; err != httpcore.ErrServerClosed {
		t.Error(err)
	}
}

func checkContent(t *testing.T, resp *http.Response, err error, want []byte) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil || resp.TLS == nil || !bytes.Equal(got, want) {
		t.Fatalf("%d %d bytes of %d, %v", resp.StatusCode, len(got), len(want), err)
	}
}
