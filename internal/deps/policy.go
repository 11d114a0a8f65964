package deps

// This file holds the policy: who may import whom. It is a statement of intent, so read it as prose and
// change it as one: a build that the policy forbids is a question about the design (docs/ARCHITECTURE.md),
// and not a line to be added until the test is quiet.
//
//	a, b < c, d;     c and d may import a and b, and what in this repository lies below those
//	a !< b;          it must not come out that b may import a
//	# …              a comment to the end of the line
//
// Each name is defined once, by standing on the right of a "<", before it is used on the left. Names:
//
//	httpcore         a package of this repository, by its folder
//	web/*            each package one level below web; they never import each other
//	compare/...      compare and all below it; they may import each other
//	contrib/*/...    the same for each folder of contrib on its own: contrib/a never meets contrib/b
//	bytes            a package of the standard library
//	golang.org/x/sys a module from elsewhere, with all its packages
//	PURE             ALL CAPS: a name for a point in the order. STD is any package of the standard library,
//	                 OTHERS any module from elsewhere. TESTS lists what every _test.go file may import
//	                 besides, without what lies below it
//
// What a package takes from outside the repository is its own affair: netpoll below httpcore does not give
// httpcore the right to golang.org/x/sys. Only names in capitals pass that on. "unsafe" and "C" are not
// named here, since they are granted by file (source.go).

// Policy is the import policy of all modules of the repository.
const Policy = `
	# What is not ours.
	# PURE computes: no I/O, no lock, no clock, no goroutine, no log. (STYLE rule 3)
	NONE
	< bytes, cmp, encoding/base64, encoding/binary, encoding/hex, errors, iter, maps, math, math/bits,
	  slices, sort, strconv, strings, unicode, unicode/utf16, unicode/utf8
	< PURE;

	NONE
	< encoding, encoding/json, fmt, io, os, reflect, regexp, regexp/syntax, sync, sync/atomic, time;

	PURE, encoding, encoding/json, fmt, io, os, reflect, regexp, regexp/syntax, sync, sync/atomic, time
	< STD;

	NONE
	< github.com/klauspost/cpuid/v2, golang.org/x/sys, OTHERS;

	# Facts about memory and the processor. (os is for one environment variable, read at start.)
	PURE
	< internal/zerocopy;

	PURE, os, github.com/klauspost/cpuid/v2, golang.org/x/sys
	< internal/cpufeat;

	# Siblings that never meet: byte kernels of two kinds, bytes from the kernel, names to numbers.
	PURE, internal/zerocopy, internal/cpufeat
	< parser/asm, jsonfast/asm;

	# (router takes sync for a pool of scratch on a cold path, and sync/atomic for the one pointer by which a live
	# table is swapped; nothing else from them.)
	PURE, fmt, regexp, regexp/syntax, sync, sync/atomic, internal/zerocopy
	< router;

	STD, golang.org/x/sys, internal/zerocopy, internal/cpufeat
	< netpoll;

	# Pure codecs: bytes in, facts out.
	PURE, parser/asm, internal/zerocopy
	< parser;

	# (jsonfast takes encoding/json for its error types and interfaces, and time for times as values: it asks no clock.)
	PURE, encoding, encoding/json, fmt, io, reflect, sync, sync/atomic, time, jsonfast/asm, internal/zerocopy
	< jsonfast;

	PURE, fmt, parser/asm, internal/zerocopy
	< sqlcore/wire;

	# SQL: beside the HTTP core, never through it.
	STD, sqlcore/wire, jsonfast
	< sqlcore/...;

	# The only place where socket, parser and router meet.
	STD, netpoll, parser, router, jsonfast
	< httpcore;

	# What tests of programs need.
	STD, httpcore, netpoll
	< httpcore/httptest;

	# Features above the core: one package each, and each can be left out.
	STD, httpcore
	< web/*;

	# Programs and adapters.
	STD, web/*, sqlcore/...
	< examples, examples/*;

	STD, OTHERS, golang.org/x/sys, web/*, sqlcore/...
	< contrib/*/...;

	STD, OTHERS, golang.org/x/sys, web/*, sqlcore/...
	< compare/...;

	# Checks of the repository itself.
	STD
	< internal/repo;

	STD, internal/repo
	< internal/deps, internal/tidy, internal/claims;

	STD, internal/claims
	< internal/claims/gen;

	# (Databases of their own, for tests and for the bench.)
	STD
	< internal/daemon;

	STD, internal/daemon
	< internal/pgtest, internal/mariatest;

	# (Tests of sqlcore with the rivals and with what stands on database/sql; a module of their own.)
	STD, OTHERS, sqlcore/..., internal/pgtest, internal/mariatest
	< sqlcore/drivertest;

	# (The command of sqlcore/migrate, in the root module: whoever embeds it takes on nothing.)
	STD, sqlcore/...
	< cmd/covet-migrate;

	# (The bench checks in a test that the ledger can read what it writes.)
	STD, OTHERS, golang.org/x/sys, compare/..., internal/claims, internal/pgtest
	< cmd/*/...;

	# Generators write Go and assembly; the code that they write stands in parser/asm and jsonfast/asm.
	STD, OTHERS
	< asm_gen/...;

	# Tests: a kernel made of memory, seeded faults, guard pages.
	STD, golang.org/x/sys, netpoll
	< internal/testkit, internal/casebook;

	internal/testkit, internal/casebook, internal/pgtest, httpcore/httptest
	< TESTS;

	# The lines that hold the house up, said a second time.
	netpoll !< parser;
	netpoll !< router;
	parser !< router;
	parser !< netpoll;
	parser/asm !< jsonfast;
	jsonfast/asm !< parser;
	router !< parser;
	router !< netpoll;
	sqlcore/... !< httpcore;
	sqlcore/... !< web/*;
	httpcore !< sqlcore/...;
	STD !< parser;
	STD !< router;
	STD !< sqlcore/wire;
	OTHERS !< httpcore;
	OTHERS !< web/*;
	OTHERS !< examples/*;
	golang.org/x/sys !< httpcore;
	internal/testkit !< httpcore;
`
