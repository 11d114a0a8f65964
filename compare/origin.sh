# What every results file begins with: where its figures come from. To be sourced by a script that has its own folder as working folder.

# commit prints that of this tree, as cmd/bench names it: with changes on top it cannot be published.
commit() {
	local changes
	changes="$(git status --porcelain -- ':/' ':(exclude,top)docs/results' ':(exclude,top)bench-results')"
	echo "$(git rev-parse --short HEAD)${changes:+-dirty}"
}

# origin prints machine, commit, date and the command, which is its argument.
origin() {
	cat <<-END
		machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) processors, linux $(uname -r | cut -d. -f1,2), $(go env GOVERSION), GOAMD64=$(go env GOAMD64)
		commit: $(commit)
		date: $(date -u +%F)
		command: $1
	END
}
