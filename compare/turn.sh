#!/usr/bin/env bash
# What the kernels buy in a whole request, as it is published: bash compare/turn.sh ROUNDS >docs/results/turn.txt
#
# Levels of kernels take turns within a case, and another one is first in each round. Nothing else should run meanwhile; a round
# takes about ten seconds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source origin.sh
rounds="${1:?usage: bash compare/turn.sh ROUNDS}"
time=200ms
program="$(mktemp)"
trap 'rm -f "$program"' EXIT
go test -C ../httpcore -c -o "$program" .

origin "bash compare/turn.sh $rounds"
cat <<END
versions: covet of this commit
about: Turn: one request from received bytes to bytes to send, without system calls, on one core; depth is how many come at once, 29bytes and malformed60 are what their names say
END
cd ../httpcore
for ((round = 0; round < rounds; round++)); do
	COVET_BENCH_TURN="$round" "$program" -test.run '^$' -test.bench 'Turn' -test.benchmem -test.benchtime "$time" -test.cpu 1
done | grep -v -e '^PASS$' -e '^ok '
