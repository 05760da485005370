#!/usr/bin/env bash
# Several ranks give the bytes of one process, and end in good order. Usage: Tests/cluster.sh ZOO [RANKS...]
#
# ZOO is an executable that was built with --traits MPI; mpirun is Open MPI's.
set -euo pipefail
zoo=$(realpath "$1")
shift
ranks=("${@:-2}")
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() { echo "cluster.sh: $*" >&2; exit 1; }
same() { cmp "$1" "$2" || fail "$3"; }
# Times differ from run to run; nothing else may.
untimed() {
  awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "seconds") time = i; if (!time) exit 1 } { $time = ""; print }' "$1"
}
# The last column of a table is milliseconds.
timeless() { sed 's/ *[0-9.]* *$//' "$1"; }

train=(train --architecture wadnet --batch 48 --length 40 --budget 2400 --set validation.every=1200
  --set validation.count=50 --set 'configuration.statisticsLengths=[20, 60]')
"$zoo" "${train[@]}" --output one.h5 >/dev/null
"$zoo" generate --tasks exponent --count 300 --output one-set.h5 >/dev/null
"$zoo" generate --tasks model --count 300 --format andi --output one-set >/dev/null
"$zoo" eval --models wadnet,msd --dimensions 1 --count 200 --csv one-scores.csv >/dev/null
"$zoo" report --models wadnet,msd --dimensions 1 --count 200 --projections 0 --output one.html >one-table.txt 2>/dev/null
# Several blocks, and the last one not full.
"$zoo" generate --tasks exponent --dimensions 2 --count 2500 --format andi --output many-blocks >/dev/null
"$zoo" predict many-blocks/task1.txt --model msd --output one-blocks.csv 2>one-summary.txt
"$zoo" predict one-set.h5 --output one-exponents.csv 2>/dev/null
"$zoo" predict one-set/task2.txt --task model --model lstm --output one-models.csv 2>/dev/null

for n in "${ranks[@]}"; do
  many() { mpirun -n "$n" "$zoo" "$@"; }
  many "${train[@]}" --output many.h5 --force >/dev/null
  same one.h5 many.h5 "$n ranks trained other weights than one"
  many generate --tasks exponent --count 300 --output many-set.h5 --force >/dev/null
  same one-set.h5 many-set.h5 "$n ranks generated another file than one"
  many generate --tasks model --count 300 --format andi --output many-set --force >/dev/null
  diff -r one-set many-set || fail "$n ranks generated other texts than one"
  many eval --models wadnet,msd --dimensions 1 --count 200 --csv many-scores.csv --force >/dev/null
  [ "$(untimed one-scores.csv)" = "$(untimed many-scores.csv)" ] || fail "$n ranks found other scores than one"
  many report --models wadnet,msd --dimensions 1 --count 200 --projections 0 --output many.html --force >many-table.txt \
    2>/dev/null
  [ "$(timeless one-table.txt)" = "$(timeless many-table.txt)" ] || fail "$n ranks reported another table than one"
  many predict many-blocks/task1.txt --model msd --output many-blocks.csv --force 2>many-summary.txt ||
    fail "$n ranks did not predict: $(cat many-summary.txt)"
  same one-blocks.csv many-blocks.csv "$n ranks predicted other blocks than one"
  same one-summary.txt many-summary.txt "$n ranks summed up otherwise than one"
  many predict one-set.h5 --output many-exponents.csv --force 2>/dev/null
  same one-exponents.csv many-exponents.csv "$n ranks predicted other exponents than one"
  many predict - --task model --model lstm <one-set/task2.txt >many-models.csv 2>/dev/null
  same one-models.csv many-models.csv "$n ranks predicted other models than one"
done

# A signal to one rank stops all; another number of ranks goes on.
mpirun -n 2 "$zoo" "${train[@]}" --output stopped.h5 >stopped.txt &
job=$!
for _ in $(seq 200); do [ -f stopped.state ] && break; sleep 0.1; done
pkill -TERM -n -P "$job" || fail "there was no rank to stop"
wait "$job" || fail "a run that was asked to stop failed"
grep -q '^Stopped after' stopped.txt || fail "a signal to one rank did not stop all"
"$zoo" train --output stopped.h5 --resume >/dev/null
same one.h5 stopped.h5 "a resumed run made other weights"

# A rank that dies ends all, and what is there is whole.
mpirun -n 2 "$zoo" "${train[@]}" --set seed=2 --budget 1000000 --output killed.h5 >/dev/null 2>killed.txt &
job=$!
for _ in $(seq 200); do [ -f killed.state ] && break; sleep 0.1; done
sleep 0.5
pkill -KILL -n -P "$job"
if wait "$job"; then fail "a run with a dead rank ended well"; fi
grep -q 'signal 9' killed.txt || fail "nobody said that a rank died"
"$zoo" train --output killed.h5 --resume --time-limit 1s >/dev/null || fail "a killed run can't go on"

# Bad input: one sentence, exit code 1.
says() {
  local wanted=$1 status=0
  shift
  mpirun "$@" >/dev/null 2>said.txt || status=$?
  [ "$status" = 1 ] || fail "'$wanted' ended with $status"
  [ "$(grep -c '^Error: ' said.txt)" = 1 ] && grep -q "^Error: .*$wanted" said.txt || fail "not said once: '$wanted'"
}
cp "$zoo" other && echo >>other
says "same build" -n 1 "$zoo" eval --models msd : -n 1 ./other eval --models msd
says "same recipe: rank 1 .* 'seed: 2'" -n 1 "$zoo" train --output a.h5 : -n 1 "$zoo" train --output a.h5 --seed 2
says "nowhere.txt can't be read" -n 2 "$zoo" predict nowhere.txt --model msd
says "On rank 1 .*: nowhere.h5" \
  -n 1 "$zoo" eval --data one-set.h5 --models msd : -n 1 "$zoo" eval --data nowhere.h5 --models msd
says "same questions" \
  -n 1 "$zoo" predict one-set.h5 --model msd : -n 1 "$zoo" predict one-set.h5 --model msd --symmetries all
says "9 ranks for 8 shards" -n 9 "$zoo" train --output a.h5
says "no such file, so there is no run" -n 2 "$zoo" train --output nowhere.h5 --resume
echo "cluster.sh: ${ranks[*]} ranks as one."
