#!/usr/bin/env bash
# The JSON comparison, as it is published: bash compare/json.sh ROUNDS >docs/results/json.txt
#
# encoding/json/v2 needs a toolchain build of its own (GOEXPERIMENT=jsonv2), in which encoding/json is another engine as well. So
# there are two programs, and they take turns at every cell; who is first changes from round to round, as the order of contenders
# does (turns_test.go). Nothing else should run meanwhile; a round takes about a minute and a half.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source origin.sh
rounds="${1:?usage: bash compare/json.sh ROUNDS}"
time=50ms
programs="$(mktemp -d)"
trap 'rm -rf "$programs"' EXIT
go test -c -o "$programs/v1" .
GOEXPERIMENT=jsonv2 go test -c -o "$programs/v2" .

# version prints that of a module in go.mod.
version() { go list -m -f '{{.Version}}' "$1"; }

origin "bash compare/json.sh $rounds"
cat <<END
versions: covet of this commit, sonic $(version github.com/bytedance/sonic), goccy $(version github.com/goccy/go-json), segmentio $(version github.com/segmentio/encoding), easyjson $(version github.com/mailru/easyjson), std and jsonv2 are encoding/json and encoding/json/v2 of $(go env GOVERSION)
about: JSON: one document decoded into a new value of its type or, untyped, into an any, encoded into a buffer that is used again, or validated; all as encoding/json does it or tries to: sonic by ConfigStd; jsonv2 with nil slices and maps as null, and without a look for duplicate names and invalid UTF-8
about: JSONRelaxed: the same with what each library offers for less care: sonic by ConfigFastest, goccy without a look at UTF-8, covet with NoHTMLEscape, UnsortedKeys, OnePass and BorrowStrings (it still checks UTF-8)
note: sonic encodes by encoder.EncodeInto with the flags of ConfigStd; its escapes for HTML allocate
note: easyjson has generated code for the three small documents only
END

bench() { "$programs/$1" -test.run '^$' -test.bench "$2" -test.benchmem -test.benchtime "$time" -test.cpu 1; }
documents=(message user order1k twitter citm canada synthea golang_source string_escaped string_unicode)
for ((round = 0; round < rounds; round++)); do
	export COVET_BENCH_TURN="$round"
	for kind in decode encode untyped valid; do
		for document in "${documents[@]}"; do
			cell="JSON\$/^$kind\$/^$document\$/"
			if ((round % 2)); then bench v2 "$cell^jsonv2\$"; fi
			bench v1 "$cell"
			if ((round % 2 == 0)); then bench v2 "$cell^jsonv2\$"; fi
		done
	done
	bench v1 'JSONRelaxed$/(decode|encode)/'
done | grep -v -e '^PASS$' -e '^ok '
