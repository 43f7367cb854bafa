#!/bin/sh
# Remakes old.db.gz: a database that the program wrote when it still kept a table
# of what stands. It builds that program's store from its commit.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
commit=f320c68c4cc1b07d7afe13f5b0631205480454b0
tree=$(mktemp -d)
trap 'git -C "$here" worktree remove --force "$tree" >/dev/null 2>&1 || true' EXIT
git -C "$here" worktree add --quiet --detach "$tree" "$commit"
mkdir -p "$tree/store/testdata"
cp "$here/make.go" "$tree/store/testdata/make.go"
rm -f "$tree/old.db"
(cd "$tree" && go run store/testdata/make.go old.db cases.json)
gzip -9 -n -c "$tree/old.db" >"$here/old.db.gz"
cp "$tree/cases.json" "$here/cases.json"
